"""The pages of 补贴发放: a resident's own payments; a handler's batches, payments, 享受 and tables."""

from plugins.payments.pages import batches, mine, papers, people, tables

PAGES = (*mine.PAGES, *batches.PAGES, *papers.PAGES, *people.PAGES, *tables.PAGES)
