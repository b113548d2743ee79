import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { ListRenderer } from "@web/views/list/list_renderer";

/** The cells of the two names tell what the lists are, not their names again. */
const TOOLTIPS = { remote_list_id: "tool_tooltip", mailing_list_id: "odoo_tooltip" };

export class CouplingListRenderer extends ListRenderer {
    getCellTitle(column, record) {
        const tooltip = TOOLTIPS[column.name];
        return (tooltip && record.data[tooltip]) || super.getCellTitle(...arguments);
    }
}

registry.category("views").add("newsletter_coupling_list", {
    ...listView,
    Renderer: CouplingListRenderer,
});
