"""Evidence: photos, clips and sound with what is known about them, from the first byte received to the rendition shown."""
