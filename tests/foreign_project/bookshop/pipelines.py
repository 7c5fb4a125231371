from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem


class DropIncompletePipeline:
    """Nobody wants a product without a name."""

    def process_item(self, item, spider=None):
        adapter = ItemAdapter(item)
        if not (adapter.get("name") or adapter.get("headline")):
            raise DropItem("no name")
        return item
