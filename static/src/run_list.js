import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const POLL_MILLISECONDS = 2000;
const WORKING = ["collecting", "queued", "running"];

/** Runs that work are read again and again, so that their progress moves. */
export class RunListController extends ListController {
    setup() {
        super.setup();
        this.reading = false;
        const timer = setInterval(() => this.poll(), POLL_MILLISECONDS);
        onWillUnmount(() => clearInterval(timer));
    }

    async poll() {
        const list = this.model.root;
        const idle = !this.reading && !document.hidden && !list.isGrouped;
        // whoever is marking rows is not disturbed
        if (!idle || list.selection.length) {
            return;
        }
        if (list.records.some((record) => WORKING.includes(record.data.state))) {
            this.reading = true;
            try {
                await list.load();
            } finally {
                this.reading = false;
            }
        }
    }
}

registry.category("views").add("newsletter_run_list", {
    ...listView,
    Controller: RunListController,
});
