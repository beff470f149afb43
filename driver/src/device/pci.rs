//! A PCI function, as sysfs shows it (Linux, Documentation/ABI/testing/sysfs-bus-pci).

use std::fs;
use std::path::{Path, PathBuf};

use super::files;

/// A function's folder.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// `0000:01:00.0`.
    pub(super) bdf: String,
    folder: PathBuf,
}

impl Function {
    /// The function at an address, in the form in which sysfs has it; `None` for another text.
    pub(super) fn at(root: &Path, bdf: &str) -> Option<Function> {
        let fits = |(index, byte): (usize, u8)| match index {
            4 | 7 => byte == b':',
            10 => byte == b'.',
            _ => byte.is_ascii_hexdigit(),
        };
        if bdf.len() != 12 || !bdf.bytes().enumerate().all(fits) {
            return None;
        }
        let bdf = bdf.to_ascii_lowercase();
        Some(Function { folder: root.join("sys/bus/pci/devices").join(&bdf), bdf })
    }

    /// Its folder of sysfs.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The driver that has it.
    pub(super) fn driver(&self) -> Option<String> {
        files::link_name(self.folder.join("driver"))
    }

    /// The number of its IOMMU group, and whether that is one of no-IOMMU mode.
    pub(super) fn group(&self) -> Option<(String, bool)> {
        let group = self.folder.join("iommu_group");
        let number = files::link_name(group.clone())?;
        let without = files::text(group.join("name")).is_ok_and(|name| name == "vfio-noiommu");
        Some((number, without))
    }

    /// The other functions of its group that drivers other than VFIO's have, and their drivers.
    pub(super) fn others_in_group(&self) -> String {
        let Ok(devices) = fs::read_dir(self.folder.join("iommu_group/devices")) else { return String::new() };
        let mut others: Vec<String> = devices
            .flatten()
            .filter_map(|entry| {
                let bdf = entry.file_name().into_string().ok()?;
                let driver = files::link_name(entry.path().join("driver"))?;
                (bdf != self.bdf && driver != "vfio-pci" && driver != "pcieport")
                    .then(|| format!("{bdf} ({driver})"))
            })
            .collect();
        others.sort();
        others.join(", ")
    }

    /// The name of its file below `/dev/vfio/devices`, if the kernel has VFIO's character devices.
    pub(super) fn vfio_file(&self) -> Option<String> {
        let entries = fs::read_dir(self.folder.join("vfio-dev")).ok()?;
        entries.flatten().find_map(|entry| entry.file_name().into_string().ok())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_domain_bus_device_and_function() {
        let at = |text| Function::at(Path::new("/"), text).map(|function| function.bdf);
        assert_eq!(at("0000:01:00.0").as_deref(), Some("0000:01:00.0"));
        assert_eq!(at("0000:AF:1f.7").as_deref(), Some("0000:af:1f.7"));
        for wrong in
            ["", "01:00.0", "0000:01:00:0", "0000:01.00.0", "0000:01:00.00", "0000:0g:00.0", "../../../x"]
        {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
