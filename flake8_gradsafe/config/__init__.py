"""Configuration: options, configuration files and the codes that are on."""
