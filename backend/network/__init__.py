"""The dealer network: brands, regions, dealer groups and stores, with dated membership."""
