import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const COUPLING = "newsletter.coupling";
/** Checks that ask for a decision; the others are for information. */
const ASKING = [
    "conflict",
    "not_in_tool",
    "asks_for_contact",
    "outdated",
    "unconfirmed",
];

/** The three steps with their numbers, the checks of step 2, and what to do next. */
export class ReviewSteps extends Component {
    static template = "newsletter_sync.ReviewSteps";
    static props = {
        review: Object,
        reload: Function,
        /** shown above the members: a check replaces the list instead of stacking */
        inList: { type: Boolean, optional: true },
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.ui = useState({ busy: false });
    }

    format(number) {
        return formatInteger(number || 0);
    }

    isNext(step) {
        return this.props.review.next === step.key;
    }

    canDecide(check) {
        return this.props.review.may_decide && ASKING.includes(check.key);
    }

    async call(method, ...args) {
        if (this.ui.busy) {
            return;
        }
        this.ui.busy = true;
        try {
            const action = await this.orm.call(COUPLING, method, [
                [this.props.review.coupling],
                ...args,
            ]);
            const replace = this.props.inList && action.res_model === "newsletter.member";
            await this.action.doAction(action, {
                stackPosition: replace ? "replaceCurrentAction" : false,
                onClose: () => this.props.reload(),
            });
        } finally {
            this.ui.busy = false;
        }
    }
}

/** The steps on the form of a coupling. */
export class ReviewField extends Component {
    static template = "newsletter_sync.ReviewField";
    static components = { ReviewSteps };
    static props = { ...standardFieldProps };

    get review() {
        return this.props.record.data[this.props.name];
    }

    reload() {
        return this.props.record.load();
    }
}

registry.category("fields").add("newsletter_review", {
    component: ReviewField,
    displayName: _t("Steps of a newsletter coupling"),
    supportedTypes: ["jsonb", "json"],
});

/** The members of one coupling, with its steps above them. */
export class MemberListController extends ListController {
    static template = "newsletter_sync.MemberList";
    static components = { ...ListController.components, ReviewSteps };

    setup() {
        super.setup();
        this.reviewOrm = useService("orm");
        this.reviewState = useState({ review: null });
        onWillStart(() => this.loadReview());
    }

    get couplingId() {
        return this.props.context.newsletter_coupling_id;
    }

    async loadReview() {
        if (this.couplingId) {
            const [row] = await this.reviewOrm.read(COUPLING, [this.couplingId], ["review"]);
            this.reviewState.review = row ? row.review : null;
        }
    }

    async reloadAll() {
        await Promise.all([this.loadReview(), this.model.load()]);
    }
}

registry.category("views").add("newsletter_member_list", {
    ...listView,
    Controller: MemberListController,
});
