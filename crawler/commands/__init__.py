"""Commands of the project, found by Scrapy through COMMANDS_MODULE: one module per command."""
