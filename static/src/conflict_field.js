import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Both values of each difference side by side, with one answer for each. */
export class ConflictField extends Component {
    static template = "newsletter_sync.ConflictField";
    static props = { ...standardFieldProps };

    get lines() {
        return this.props.record.data[this.props.name].records;
    }

    /** Whether it is about one person: then when and by whom is known. */
    get isSingle() {
        return Boolean(this.props.record.data.member_id);
    }

    get choices() {
        return [
            ["odoo", _t("Take Odoo's")],
            ["tool", _t("Take the Tool's")],
            ["accept", _t("Accept the Difference")],
            ["own", _t("Own Value")],
        ];
    }

    /** A status is no value that could be typed. */
    choicesOf(line) {
        const isStatus = line.data.field === "status";
        return this.choices.filter(([value]) => !(isStatus && value === "own"));
    }

    /** Who is on the list is never decided by a habit, nor is an address. */
    canAlways(line) {
        const isField = !["status", "email"].includes(line.data.field);
        return isField && ["odoo", "tool"].includes(line.data.choice);
    }

    choose(line, choice) {
        // a second click leaves the question open
        return line.update({ choice: line.data.choice === choice ? false : choice });
    }

    type(line, ev) {
        return line.update({ own: ev.target.value });
    }

    remember(line, ev) {
        return line.update({ always: ev.target.checked });
    }
}

registry.category("fields").add("newsletter_conflict", {
    component: ConflictField,
    displayName: _t("Differences of a newsletter member"),
    supportedTypes: ["one2many"],
    relatedFields: [
        { name: "field", type: "char", readonly: false },
        { name: "label", type: "char", readonly: true },
        { name: "people", type: "integer", readonly: true },
        { name: "odoo", type: "char", readonly: true },
        { name: "odoo_origin", type: "char", readonly: true },
        { name: "tool", type: "char", readonly: true },
        { name: "tool_origin", type: "char", readonly: true },
        { name: "choice", type: "selection", readonly: false, selection: [] },
        { name: "own", type: "char", readonly: false },
        { name: "always", type: "boolean", readonly: false },
    ],
});
