//! Why a device could not be opened: what it was, why, and what to type.

use std::io;
use std::path::PathBuf;

use crate::Status;

/// Why a device could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The name is that of no device.
    #[error(
        "'{spec}' names no device: {why}; a name is one of vfio:DOMAIN:BUS:DEVICE.FUNCTION, vfio-user:PATH, uio:NUMBER, \
         uart:PATH"
    )]
    Spec {
        /// The name.
        spec: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such device.
    #[error("{device}: there is none ({}); `portolan devices` lists what is plugged in", path.display())]
    Absent {
        /// The device's name.
        device: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// Another driver has it, or none.
    #[error(
        "{device}: it is bound to {}, not to {wanted}; type: portolan bind {bdf}",
        driver.as_deref().unwrap_or("no driver")
    )]
    NotBound {
        /// The device's name.
        device: String,
        /// Its address.
        bdf: String,
        /// The driver that has it.
        driver: Option<String>,
        /// The driver that it needs.
        wanted: &'static str,
    },
    /// It is behind no IOMMU, and no-IOMMU mode is off.
    #[error(
        "{device}: it is behind no IOMMU; switch the IOMMU on in the firmware and on the kernel's command line \
         (intel_iommu=on). Without one it works only in no-IOMMU mode, in which a board can write to any memory"
    )]
    NoGroup {
        /// The device's name.
        device: String,
    },
    /// It is in no-IOMMU mode, and nobody has allowed that.
    #[error(
        "{device}: it is in no-IOMMU mode, in which a board can write to any memory of this machine; \
         --allow-noiommu accepts that"
    )]
    NoIommu {
        /// The device's name.
        device: String,
    },
    /// A file may not be opened by this user.
    #[error(
        "{device}: this user may not open {}; be a member of the group portolan with the udev rule installed \
         (`portolan doctor` says what is missing), or root",
        path.display()
    )]
    Rights {
        /// The device's name.
        device: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Somebody has it open.
    #[error("{device}: {holder} has {} open; end that first", path.display())]
    Held {
        /// The device's name.
        device: String,
        /// The file that is held.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// Other devices of its IOMMU group are in the hands of the kernel's drivers.
    #[error(
        "{device}: its IOMMU group {group} has devices that other drivers of the kernel hold; type `portolan bind` \
         for each of: {others}"
    )]
    NotViable {
        /// The device's name.
        device: String,
        /// The group's number.
        group: String,
        /// The other devices and their drivers.
        others: String,
    },
    /// A step failed.
    #[error("{device}: {doing} failed")]
    Failed {
        /// The device's name.
        device: String,
        /// The step.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It has something else than this driver needs.
    #[error("{device}: {why}")]
    Unfit {
        /// The device's name.
        device: String,
        /// What it lacks.
        why: String,
    },
    /// A board on a serial line.
    #[cfg(all(feature = "serial", not(loom)))]
    #[error(transparent)]
    Uart(#[from] super::UartError),
}

impl OpenError {
    /// The Zircon status nearest to it.
    pub fn status(&self) -> Status {
        match self {
            OpenError::Spec { .. } | OpenError::Absent { .. } => Status::NOT_FOUND,
            OpenError::NotBound { .. }
            | OpenError::NoGroup { .. }
            | OpenError::NoIommu { .. }
            | OpenError::NotViable { .. }
            | OpenError::Unfit { .. } => Status::NOT_SUPPORTED,
            OpenError::Rights { .. } => Status::ACCESS_DENIED,
            OpenError::Held { .. } => Status::UNAVAILABLE,
            OpenError::Failed { .. } => Status::IO,
            #[cfg(all(feature = "serial", not(loom)))]
            OpenError::Uart(_) => Status::IO,
        }
    }
}

/// For `map_err`: a step that failed.
pub(super) fn failed(device: &str, doing: impl Into<String>) -> impl FnOnce(io::Error) -> OpenError {
    let (device, doing) = (device.to_owned(), doing.into());
    move |source| OpenError::Failed { device, doing, source }
}
