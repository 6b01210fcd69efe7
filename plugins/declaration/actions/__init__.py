"""The verbs of 阳光申报, one noun per file: the catalogue, the form, drafts, submitting, the chain."""
