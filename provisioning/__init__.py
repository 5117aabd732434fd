"""The machine of a reading point: settings, access point, storage, units."""
