import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Settings of a list: what Odoo sent beside what the tool has; drift is marked. */
export class ListSettingsField extends Component {
    static template = "newsletter_sync.ListSettingsField";
    static props = { ...standardFieldProps };

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("newsletter_list_settings", {
    component: ListSettingsField,
    displayName: _t("Settings of a list in the newsletter tool"),
    supportedTypes: ["json"],
});
