//! Public images the sandbox knows by family.

/// Family, project, image name, smallest disk.
pub const IMAGES: [(&str, &str, &str, i64); 6] = [
    ("debian-12", "debian-cloud", "debian-12-bookworm-v20260115", 10),
    ("debian-13", "debian-cloud", "debian-13-trixie-v20260115", 10),
    ("ubuntu-2204-lts", "ubuntu-os-cloud", "ubuntu-2204-jammy-v20260115", 10),
    ("ubuntu-2404-lts-amd64", "ubuntu-os-cloud", "ubuntu-2404-noble-amd64-v20260115", 10),
    ("ubuntu-2404-lts-arm64", "ubuntu-os-cloud", "ubuntu-2404-noble-arm64-v20260115", 10),
    ("cos-stable", "cos-cloud", "cos-stable-125-19216-0-94", 10),
];
