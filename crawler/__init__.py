"""Everything that knows Scrapy. What runs in a crawl imports lxml and the learned code, never torch."""
