def land_tables(folder, landing_dir):
    return []
