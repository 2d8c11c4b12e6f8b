"""The edge: pictures, weights, tables and folders on the disk. Nothing below the public functions imports it."""
