import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Links to the pages of a newsletter tool. */
export class PagesField extends Component {
    static template = "newsletter_sync.PagesField";
    static props = { ...standardFieldProps };

    get pages() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("newsletter_pages", {
    component: PagesField,
    displayName: _t("Pages of a newsletter tool"),
    supportedTypes: ["json"],
});
