"""Steps for each part of the lifecycle, one file a part."""
