import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { ReviewSteps } from "@newsletter_sync/review_steps";

/** The steps of each coupling of a mailing list. */
export class ListReviewsField extends Component {
    static template = "newsletter_sync.ListReviewsField";
    static components = { ReviewSteps };
    static props = { ...standardFieldProps };

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    reload() {
        return this.props.record.load();
    }
}

registry.category("fields").add("newsletter_list_reviews", {
    component: ListReviewsField,
    displayName: _t("Steps of a mailing list"),
    supportedTypes: ["jsonb", "json"],
});
