"""The pages of 拦截: hits and what is to be given back for them, numbers and attempts for whoever watches, check lists and rules."""

from plugins.interception.pages import hits, lists, watching

PAGES = (*watching.PAGES, *hits.PAGES, *lists.PAGES)
