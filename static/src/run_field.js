import { Component, onWillUnmount, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const POLL_MILLISECONDS = 1000;

/** Progress, numbers and the decision of a run; every number opens its records. */
export class RunField extends Component {
    static template = "newsletter_sync.RunField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.ui = useState({ sending: false });
        this.loading = false;
        const timer = setInterval(() => this.poll(), POLL_MILLISECONDS);
        onWillUnmount(() => clearInterval(timer));
    }

    get data() {
        return this.props.record.data;
    }

    get numbers() {
        return this.data[this.props.name] || [];
    }

    get isWorking() {
        return (
            this.ui.sending || ["collecting", "queued", "running"].includes(this.data.state)
        );
    }

    get percent() {
        return Math.min(100, Math.round(this.data.progress));
    }

    get phaseLabel() {
        const selection = this.props.record.fields.phase.selection;
        const found = selection.find(([value]) => value === this.data.phase);
        return found ? found[1] : "";
    }

    get sendLabel() {
        const count = this.data.to_send;
        if (this.data.kind !== "transmit") {
            return count === 1
                ? _t("Synchronise 1 person now")
                : _t("Synchronise %s people now", this.format(count));
        }
        return count === 1
            ? _t("NOW transmit 1 member")
            : _t("NOW transmit %s members", this.format(count));
    }

    /** What cannot be undone, or reaches lists that nobody sees here. */
    get warnings() {
        return this.numbers.filter((number) => number.warn);
    }

    format(number) {
        return formatInteger(number || 0);
    }

    async poll() {
        if (this.isWorking && !this.loading) {
            await this.reload();
        }
    }

    async reload() {
        this.loading = true;
        try {
            await this.props.record.load();
        } finally {
            this.loading = false;
        }
    }

    async open(number) {
        const action = await this.orm.call("newsletter.run", "action_open_lines", [
            [this.props.record.resId],
            number.domain,
            number.label,
        ]);
        return this.action.doAction(action);
    }

    /** The approval; what is dangerous is told once more before. */
    approve() {
        if (!this.warnings.length) {
            return this.synchronise();
        }
        this.dialog.add(ConfirmationDialog, {
            title: this.sendLabel,
            body: this.warnings
                .map((number) => `${number.label}: ${number.count}. ${number.note}`)
                .join("\n\n"),
            confirmLabel: this.sendLabel,
            confirm: () => this.synchronise(),
            cancel: () => {},
        });
    }

    async synchronise() {
        this.ui.sending = true;
        try {
            await this.orm.silent.call("newsletter.run", "action_synchronise", [
                [this.props.record.resId],
            ]);
        } finally {
            this.ui.sending = false;
        }
        await this.reload();
    }
}

registry.category("fields").add("newsletter_run", {
    component: RunField,
    displayName: _t("Numbers of a run"),
    supportedTypes: ["json"],
});
