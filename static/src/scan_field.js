import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A field for a scanner: it types a code and ends it with Enter, or with Tab. */
export class ScanField extends Component {
    static template = "newsletter_sync.ScanField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.input = useRef("input");
        this.state = useState({ level: "", text: "", waiting: 0 });
        // codes come faster than answers: one after another, none is lost
        this.last = Promise.resolve();
        onMounted(() => this.input.el.focus());
        // where Odoo's own "Barcode" is installed, scans beside the field count, too
        if (this.env.services.barcode) {
            useBus(this.env.services.barcode.bus, "barcode_scanned", (ev) =>
                this.scan(ev.detail.barcode)
            );
        }
    }

    onKeydown(ev) {
        const code = this.input.el.value;
        if (ev.key === "Enter" || (ev.key === "Tab" && code.trim())) {
            ev.preventDefault();
            ev.stopPropagation();
            this.input.el.value = "";
            this.scan(code);
        }
    }

    scan(code) {
        if (!code.trim()) {
            return;
        }
        this.state.waiting += 1;
        this.last = this.last.catch(() => {}).then(() => this.send(code));
    }

    async send(code) {
        const { record } = this.props;
        try {
            // what was chosen beside the field counts from this code on
            await record.save();
            const told = await this.orm.call(record.resModel, "action_scan", [
                [record.resId],
                code,
            ]);
            Object.assign(this.state, told);
            await record.load();
        } catch (error) {
            // the dialog names the reason; the next code must not wait for ever
            this.state.level = "danger";
            this.state.text = `${code}: ${_t("Not done")}`;
            throw error;
        } finally {
            this.state.waiting -= 1;
            this.input.el?.focus();
        }
    }
}

registry.category("fields").add("newsletter_scan", {
    component: ScanField,
    displayName: _t("Field for a barcode scanner"),
    supportedTypes: ["char"],
});
