"""The features of the mission, one folder each; `hub` never imports them, config names them."""
