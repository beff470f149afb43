//! UIO devices as sysfs shows them (Linux, Documentation/driver-api/uio-howto.rst).

use super::pci::Function;
use super::root::Root;

/// A UIO device.
#[derive(Clone, Debug)]
pub struct Uio {
    /// Its number: `/dev/uio0` is 0.
    pub number: u32,
    /// The name that its driver gave it: of a device-tree node, that one's.
    pub name: String,
    /// Bytes of its first mapping.
    pub bytes: Option<u64>,
    /// The PCI function that it is, if it is one.
    pub function: Option<Function>,
    /// Whether the device tree says that it is a Portolan block.
    compatible: bool,
}

impl Uio {
    /// Every UIO device of this machine.
    pub fn all(root: &Root) -> Vec<Uio> {
        let names = root.names("sys/class/uio").into_iter();
        names.filter_map(|name| Uio::of(root, name.strip_prefix("uio")?.parse().ok()?)).collect()
    }

    fn of(root: &Root, number: u32) -> Option<Uio> {
        let folder = format!("sys/class/uio/uio{number}");
        let name = root.text(&format!("{folder}/name"))?;
        let bdf = root.link_name(&format!("{folder}/device")).and_then(|name| name.parse().ok());
        let compatible = root.text(&format!("{folder}/device/of_node/compatible")).unwrap_or_default();
        Some(Uio {
            number,
            bytes: root.number(&format!("{folder}/maps/map0/size")),
            function: bdf.and_then(|bdf| Function::at(root, &bdf)),
            compatible: compatible.split('\0').any(|one| one.starts_with("portolan")),
            name,
        })
    }

    /// Whether it is a Portolan board.
    pub fn is_board(&self) -> bool {
        match &self.function {
            Some(function) => function.is_board(),
            None => self.compatible || self.name.starts_with("portolan"),
        }
    }
}
