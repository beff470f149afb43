//! PCI functions as sysfs shows them (Linux, Documentation/ABI/testing/sysfs-bus-pci).

use super::root::Root;
use portolan_regs::pci;
use std::fmt;
use std::str::FromStr;

/// A function's address: domain, bus, device and function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bdf(String);

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no PCI address; write it like 0000:01:00.0, as `portolan devices` and lspci -D do")]
pub struct BdfError(String);

impl FromStr for Bdf {
    type Err = BdfError;

    /// As sysfs writes it; without a domain, that of most machines, 0000.
    fn from_str(text: &str) -> Result<Bdf, BdfError> {
        let whole = if text.matches(':').count() == 1 { format!("0000:{text}") } else { text.to_string() };
        let fits = |(at, byte): (usize, u8)| match at {
            4 | 7 => byte == b':',
            10 => byte == b'.',
            11 => (b'0'..=b'7').contains(&byte),
            _ => byte.is_ascii_hexdigit(),
        };
        match whole.len() == 12 && whole.bytes().enumerate().all(fits) {
            true => Ok(Bdf(whole.to_ascii_lowercase())),
            false => Err(BdfError(text.into())),
        }
    }
}

impl fmt::Display for Bdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A function of this machine.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its address.
    pub bdf: Bdf,
    /// Vendor, device, and the same of the subsystem.
    pub ids: [u64; 4],
    /// Class code, with subclass and interface.
    pub class: u64,
    /// The driver that has it.
    pub driver: Option<String>,
    /// The driver that alone may have it.
    pub wanted_driver: Option<String>,
    /// The number of its IOMMU group.
    pub group: Option<String>,
    /// Its NUMA node, where there is more than one.
    pub node: Option<u64>,
}

/// Folder of all functions.
const DEVICES: &str = "sys/bus/pci/devices";

impl Function {
    /// The function at this address.
    pub fn at(root: &Root, bdf: &Bdf) -> Option<Function> {
        let folder = format!("{DEVICES}/{bdf}");
        let id = |file: &str| root.number(&format!("{folder}/{file}")).unwrap_or(0);
        if !root.exists(&folder) {
            return None;
        }
        let named = root.text(&format!("{folder}/driver_override"));
        Some(Function {
            bdf: bdf.clone(),
            ids: ["vendor", "device", "subsystem_vendor", "subsystem_device"].map(id),
            class: id("class"),
            driver: root.link_name(&format!("{folder}/driver")),
            // The kernel's word for none.
            wanted_driver: named.filter(|name| !name.is_empty() && name != "(null)"),
            group: root.link_name(&format!("{folder}/iommu_group")),
            // -1 on machines with one node.
            node: root.number(&format!("{folder}/numa_node")),
        })
    }

    /// Every function of this machine, by address.
    pub fn all(root: &Root) -> Vec<Function> {
        let names = root.names(DEVICES).into_iter();
        names.filter_map(|name| Function::at(root, &name.parse().ok()?)).collect()
    }

    /// Those that are Portolan boards.
    pub fn boards(root: &Root) -> Vec<Function> {
        Function::all(root).into_iter().filter(Function::is_board).collect()
    }

    /// Whether it is a Portolan board: by the subsystem, which is what tells.
    pub fn is_board(&self) -> bool {
        self.ids[2..] == [u64::from(pci::VENDOR), u64::from(pci::SUBSYSTEM)]
    }

    /// A file of it, by its path from the root.
    pub fn file(&self, name: &str) -> String {
        format!("{DEVICES}/{}/{name}", self.bdf)
    }

    /// What the others of its IOMMU group are, unless they are ports or bridges, or nobody has them.
    pub fn neighbours(&self, root: &Root) -> Vec<Function> {
        let Some(group) = &self.group else { return Vec::new() };
        let names = root.names(&format!("sys/kernel/iommu_groups/{group}/devices")).into_iter();
        let others = names.filter_map(|name| Function::at(root, &name.parse().ok()?));
        // 0x06: bridges, which VFIO leaves alone.
        others.filter(|other| other.bdf != self.bdf && other.class >> 16 != 0x06).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_lack_its_domain_and_nothing_else() {
        let read = |text: &str| text.parse::<Bdf>().map(|bdf| bdf.to_string());
        assert_eq!(read("0000:01:00.0"), Ok("0000:01:00.0".into()));
        assert_eq!(read("AF:1f.7"), Ok("0000:af:1f.7".into()));
        for wrong in ["", "1:0.0", "0000:01:00:0", "0000:01:00.8", "0000:01:00.00", "0g:00.0", "../../x"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("0000:01:00.0") && error.contains(wrong), "{error}");
        }
    }
}
