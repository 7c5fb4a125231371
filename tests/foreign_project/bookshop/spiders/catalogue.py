from decimal import Decimal

from itemloaders.processors import Compose, Identity, Join, MapCompose, TakeFirst
from scrapy.linkextractors import LinkExtractor
from scrapy.loader import ItemLoader
from scrapy.spiders import CrawlSpider, Rule

from bookshop.items import ProductItem


def to_amount(text):
    return Decimal(text.replace("£", "").replace(",", "").strip())


class ProductLoader(ItemLoader):
    default_item_class = ProductItem
    default_input_processor = MapCompose(str.strip)
    default_output_processor = TakeFirst()

    price_in = MapCompose(to_amount)
    description_out = Join(" ")
    features_out = Identity()
    image_urls_out = Compose(list)


class CatalogueSpider(CrawlSpider):
    name = "catalogue"
    allowed_domains = ["127.0.0.1"]

    rules = (
        Rule(LinkExtractor(restrict_css="div.pagination a.next")),
        Rule(LinkExtractor(restrict_css="li.product-card h3"), callback="parse_product"),
    )

    def __init__(self, site="", *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.start_urls = [f"{site}/shop/"]

    def parse_product(self, response):
        loader = ProductLoader(response=response)
        loader.add_css("name", "h1.product-title::text")
        loader.add_css("price", "p.product-price span.price::text")
        loader.add_css("sku", "td.sku::text")
        loader.add_css("brand", "td.brand::text")
        loader.add_xpath("description", "normalize-space(//p[@class='description'])")
        loader.add_css("rating", "div.rating span.rating-value::text")
        loader.add_value(
            "image_urls", [response.urljoin(src) for src in response.css("#main-image::attr(src)").getall()]
        )
        loader.add_css("features", "ul.features li::text")
        loader.add_value("url", response.url)
        loader.add_value("shop", "hearth")
        return loader.load_item()
