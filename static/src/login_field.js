import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The login of a connection: only the fields that the chosen tool asks for. */
export class LoginField extends Component {
    static template = "newsletter_sync.LoginField";
    static props = { ...standardFieldProps };

    setup() {
        // What is being typed, by name: an answer of the server must not overwrite it.
        // Kept until the field is left; the browser's "change" is no use for that, as
        // every rendering that sets the value makes it forget that somebody typed.
        this.typed = {};
        const bus = this.props.record.model.bus;
        useBus(bus, "NEED_LOCAL_CHANGES", (ev) => ev.detail.proms.push(this.keepAll()));
    }

    get lines() {
        return this.props.record.data[this.props.name].records;
    }

    get shownLines() {
        return this.lines.filter((line) => this.isShown(line));
    }

    isShown(line) {
        const condition = line.data.only_if;
        if (!condition || !condition.length) {
            return true;
        }
        const [name, value] = condition;
        const other = this.lines.find((candidate) => candidate.data.name === name);
        return Boolean(other) && other.data.value === value;
    }

    placeholder(line) {
        return line.data.kind === "secret" && line.data.is_set
            ? _t("•••••••• stored; type to replace")
            : "";
    }

    fieldOf(line) {
        return line.data.kind === "secret" ? "secret_input" : "value";
    }

    textOf(line) {
        return this.typed[line.data.name] ?? (line.data[this.fieldOf(line)] || "");
    }

    onInput(line, ev) {
        this.typed[line.data.name] = ev.target.value;
    }

    /** Hand over what was typed into one field. */
    async keep(line) {
        const name = line.data.name;
        const text = this.typed[name];
        if (text === undefined) {
            return;
        }
        await line.update({ [this.fieldOf(line)]: text });
        if (this.typed[name] === text) {
            delete this.typed[name];
        }
    }

    keepAll() {
        return Promise.all(this.lines.map((line) => this.keep(line)));
    }

    onSelect(line, ev) {
        return line.update({ value: ev.target.value });
    }
}

/** Settings of a new list: the same form, without secrets. */
registry.category("fields").add("newsletter_settings", {
    component: LoginField,
    displayName: _t("Settings that a newsletter tool asks for"),
    supportedTypes: ["one2many"],
    relatedFields: [
        { name: "name", type: "char", readonly: false },
        { name: "sequence", type: "integer", readonly: false },
        { name: "label", type: "char", readonly: true },
        { name: "help", type: "char", readonly: true },
        { name: "kind", type: "char", readonly: true },
        { name: "needed", type: "boolean", readonly: true },
        { name: "choices", type: "json", readonly: true },
        { name: "only_if", type: "json", readonly: true },
        { name: "value", type: "char", readonly: false },
    ],
});

registry.category("fields").add("newsletter_login", {
    component: LoginField,
    displayName: _t("Login of a newsletter tool"),
    supportedTypes: ["one2many"],
    relatedFields: [
        { name: "name", type: "char", readonly: false },
        { name: "sequence", type: "integer", readonly: false },
        { name: "label", type: "char", readonly: true },
        { name: "help", type: "char", readonly: true },
        { name: "kind", type: "char", readonly: true },
        { name: "needed", type: "boolean", readonly: true },
        { name: "is_set", type: "boolean", readonly: true },
        { name: "choices", type: "json", readonly: true },
        { name: "only_if", type: "json", readonly: true },
        { name: "value", type: "char", readonly: false },
        { name: "secret_input", type: "char", readonly: false },
    ],
});
