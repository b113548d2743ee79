import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Icon and colour of each status, result and task of a member. */
const ICONS = {
    // status
    subscribed: ["fa-check-circle", "success"],
    unsubscribed: ["fa-envelope", "danger"],
    pending: ["fa-clock-o", "info"],
    hard_bounce: ["fa-times-circle", "danger"],
    soft_bounce: ["fa-exclamation-circle", "warning"],
    general_bounce: ["fa-reply", "warning"],
    // result
    success: ["fa-check", "success"],
    new_in_list: ["fa-plus-circle", "info"],
    new_contact: ["fa-user-plus", "info"],
    not_in_tool: ["fa-chain-broken", "warning"],
    conflict: ["fa-bolt", "danger"],
    aborted: ["fa-pause-circle", "warning"],
    blocked: ["fa-ban", "danger"],
    // type of a list
    list: ["fa-list-ul", "primary"],
    mailing: ["fa-paper-plane-o", "warning"],
    push: ["fa-hand-o-right", "muted"],
    // task
    transmit: ["fa-paper-plane", "primary"],
    update: ["fa-refresh", "primary"],
    signup: ["fa-envelope-o", "primary"],
    unsubscribe: ["fa-sign-out", "danger"],
    delete: ["fa-trash", "danger"],
    change_address: ["fa-at", "primary"],
};

/** A selection of a member, told apart at a glance. */
export class IconField extends Component {
    static template = "newsletter_sync.IconField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const { selection } = this.props.record.fields[this.props.name];
        const found = selection.find(([value]) => value === this.value);
        return found ? found[1] : "";
    }

    get icon() {
        return (ICONS[this.value] || ["fa-circle"])[0];
    }

    get colour() {
        return (ICONS[this.value] || ["", "muted"])[1];
    }
}

registry.category("fields").add("newsletter_icon", {
    component: IconField,
    displayName: _t("Icon of a newsletter member"),
    supportedTypes: ["selection"],
});
