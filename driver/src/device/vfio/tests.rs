//! VFIO with a scripted kernel: what is asked of it, in which order, and what comes of each answer.

use std::fs::{self, File};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{FileExt, symlink};
use std::sync::Mutex;

use portolan_regs::control;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;

use super::*;
use crate::device::OpenOptions;
use crate::sys::vfio::Region;

const BDF: &str = "0000:01:00.0";
const BAR_BYTES: u64 = 0x40000;
/// Where the scripted device's file has its configuration space.
const CONFIG: u64 = BAR_BYTES;

/// A kernel with one device, which is a file.
struct Scripted {
    file: File,
    calls: Mutex<Vec<String>>,
    msix: u32,
    viable: bool,
    bind: Option<Errno>,
    map: Option<Errno>,
    eventfds: Mutex<BTreeMap<u32, Vec<OwnedFd>>>,
}

impl Scripted {
    fn new() -> Scripted {
        let file = File::from(memfd_create("device", MemfdFlags::CLOEXEC).unwrap());
        file.set_len(CONFIG + 4096).unwrap();
        let (calls, eventfds) = (Mutex::default(), Mutex::default());
        Scripted { file, calls, msix: 9, viable: true, bind: None, map: None, eventfds }
    }

    fn log(&self, call: impl Into<String>) {
        self.calls.lock().unwrap().push(call.into());
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    fn command(&self) -> u16 {
        let mut word = [0; 2];
        self.file.read_exact_at(&mut word, CONFIG + COMMAND).unwrap();
        u16::from_le_bytes(word)
    }

    /// Signals a vector of an index.
    fn fire(&self, index: u32, vector: usize) {
        sleep::signal(self.eventfds.lock().unwrap()[&index][vector].as_fd());
    }
}

impl Kernel for Scripted {
    fn api_version(&self, _: BorrowedFd<'_>) -> io::Result<u32> {
        Ok(0)
    }
    fn has_extension(&self, _: BorrowedFd<'_>, _: u32) -> io::Result<bool> {
        Ok(true)
    }
    fn group_flags(&self, _: BorrowedFd<'_>) -> io::Result<u32> {
        Ok(if self.viable { abi::VFIO_GROUP_FLAGS_VIABLE } else { 0 })
    }
    fn set_container(&self, _: BorrowedFd<'_>, _: BorrowedFd<'_>) -> io::Result<()> {
        self.log("set container");
        Ok(())
    }
    fn set_iommu(&self, _: BorrowedFd<'_>, kind: u32) -> io::Result<()> {
        self.log(format!("set iommu {kind}"));
        Ok(())
    }
    fn device(&self, _: BorrowedFd<'_>, name: &str) -> io::Result<OwnedFd> {
        self.log(format!("device {name}"));
        Ok(self.file.try_clone()?.into())
    }
    fn map(&self, _: BorrowedFd<'_>, memory: &Memory, iova: u64) -> io::Result<()> {
        self.log(format!("map {:#x} bytes at {iova:#x}", memory.bytes()));
        self.map.map_or(Ok(()), |errno| Err(errno.into()))
    }
    fn unmap(&self, _: BorrowedFd<'_>, iova: u64, bytes: u64) -> io::Result<()> {
        self.log(format!(
            "unmap {bytes:#x} bytes at {iova:#x}, bus master {}",
            self.command() & BUS_MASTER != 0
        ));
        Ok(())
    }
    fn bind_iommufd(&self, _: BorrowedFd<'_>, _: BorrowedFd<'_>) -> io::Result<()> {
        self.log("bind");
        self.bind.map_or(Ok(()), |errno| Err(errno.into()))
    }
    fn new_space(&self, _: BorrowedFd<'_>) -> io::Result<u32> {
        Ok(7)
    }
    fn attach_space(&self, _: BorrowedFd<'_>, space: u32) -> io::Result<()> {
        self.log(format!("attach {space}"));
        Ok(())
    }
    fn map_in_space(&self, _: BorrowedFd<'_>, space: u32, memory: &Memory) -> io::Result<u64> {
        self.log(format!("map {:#x} bytes in {space}", memory.bytes()));
        self.map.map_or(Ok(0x10_0000), |errno| Err(errno.into()))
    }
    fn unmap_in_space(&self, _: BorrowedFd<'_>, space: u32, iova: u64, bytes: u64) -> io::Result<()> {
        self.log(format!("unmap {bytes:#x} bytes at {iova:#x} in {space}"));
        Ok(())
    }
    fn device_flags(&self, _: BorrowedFd<'_>) -> io::Result<u32> {
        Ok(abi::VFIO_DEVICE_FLAGS_PCI | abi::VFIO_DEVICE_FLAGS_RESET)
    }
    fn region(&self, _: BorrowedFd<'_>, index: u32) -> io::Result<Region> {
        let flags = abi::VFIO_REGION_INFO_FLAG_MMAP;
        Ok(match index {
            abi::VFIO_PCI_BAR0_REGION_INDEX => Region { flags, size: BAR_BYTES, offset: 0 },
            _ => Region { flags: 0, size: 4096, offset: CONFIG },
        })
    }
    fn vectors(&self, _: BorrowedFd<'_>, index: u32) -> io::Result<u32> {
        Ok(if index == abi::VFIO_PCI_MSIX_IRQ_INDEX { self.msix } else { 1 })
    }
    fn set_eventfds(&self, _: BorrowedFd<'_>, index: u32, eventfds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let owned = eventfds.iter().map(|fd| fd.try_clone_to_owned()).collect::<io::Result<_>>()?;
        self.eventfds.lock().unwrap().insert(index, owned);
        Ok(())
    }
    fn unmask(&self, _: BorrowedFd<'_>, index: u32) -> io::Result<()> {
        self.log(format!("unmask {index}"));
        Ok(())
    }
    fn reset(&self, _: BorrowedFd<'_>) -> io::Result<()> {
        self.log("reset");
        Ok(())
    }
}

/// A file system with one function, bound to this driver, in this group.
struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn new(driver: Option<&str>, group: Option<(&str, &str)>, cdev: bool) -> Machine {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let function = at("sys/bus/pci/devices").join(BDF);
        for folder in [&function, &at("dev/vfio/devices")] {
            fs::create_dir_all(folder).unwrap();
        }
        if let Some(driver) = driver {
            symlink(format!("../../../bus/pci/drivers/{driver}"), function.join("driver")).unwrap();
        }
        if let Some((number, name)) = group {
            let folder = at("sys/kernel/iommu_groups").join(number);
            fs::create_dir_all(folder.join("devices/0000:01:00.1")).unwrap();
            symlink("../../drivers/e1000e", folder.join("devices/0000:01:00.1/driver")).unwrap();
            fs::write(folder.join("name"), format!("{name}\n")).unwrap();
            symlink(&folder, function.join("iommu_group")).unwrap();
        }
        for file in ["dev/vfio/vfio", "dev/vfio/12", "dev/vfio/noiommu-12"] {
            fs::write(at(file), "").unwrap();
        }
        if cdev {
            fs::create_dir_all(function.join("vfio-dev/vfio0")).unwrap();
            fs::write(at("dev/vfio/devices/vfio0"), "").unwrap();
            fs::write(at("dev/iommu"), "").unwrap();
        }
        Machine { root }
    }

    fn open(&self, kernel: Arc<Scripted>, allow_noiommu: bool) -> Result<VfioDevice, OpenError> {
        let options = OpenOptions { allow_noiommu };
        VfioDevice::open(&System { root: self.root.path().to_owned(), kernel, options }, BDF)
    }

    /// The message of the error, which names the device.
    fn refuses(&self, kernel: Scripted, allow_noiommu: bool) -> String {
        let error = self.open(Arc::new(kernel), allow_noiommu).err().expect("it is refused");
        let text = error.to_string();
        assert!(text.starts_with(&format!("vfio:{BDF}: ")), "{text}");
        text
    }
}

fn bound() -> Machine {
    Machine::new(Some("vfio-pci"), Some(("12", "")), false)
}

#[test]
fn by_the_group_it_is_reset_and_masters_the_bus_and_its_memory_is_mapped_and_given_back() {
    let kernel = Arc::new(Scripted::new());
    let device = bound().open(kernel.clone(), false).unwrap();
    assert_eq!(kernel.calls(), ["set container", "set iommu 3", "device 0000:01:00.0", "reset"]);
    assert_eq!(kernel.command(), MEMORY_SPACE | BUS_MASTER);
    assert_eq!((device.name(), device.vectors()), ("vfio:0000:01:00.0", 9));

    device.write(control::SCRATCH, 5).unwrap();
    assert_eq!(device.read(control::SCRATCH).unwrap(), 5);
    assert!(matches!(device.read(BAR_BYTES as u32), Err(DeviceError::Refused { .. })));

    let memories = [(); 2].map(|()| Arc::new(device.memory(0x8000).unwrap()));
    let [first, second] = memories.each_ref().map(|memory| device.share(memory).unwrap().unwrap());
    device.unshare(first);
    assert_eq!(
        kernel.calls(),
        [
            format!("map 0x8000 bytes at {first:#x}"),
            format!("map 0x8000 bytes at {second:#x}"),
            format!("unmap 0x8000 bytes at {first:#x}, bus master true"),
        ]
    );
    drop(device);
    // It cannot write any more before its memory goes.
    assert_eq!(kernel.calls(), [format!("unmap 0x8000 bytes at {second:#x}, bus master false")]);
}

#[test]
fn the_character_device_is_preferred_and_its_addresses_are_the_kernels() {
    let machine = Machine::new(Some("vfio-pci"), Some(("12", "")), true);
    let kernel = Arc::new(Scripted::new());
    let device = machine.open(kernel.clone(), false).unwrap();
    assert_eq!(kernel.calls(), ["bind", "attach 7", "reset"]);
    let memory = Arc::new(device.memory(1).unwrap());
    assert_eq!(device.share(&memory).unwrap(), Some(0x10_0000));
    drop(device);
    let page = memory.bytes();
    assert_eq!(
        kernel.calls(),
        [format!("map {page:#x} bytes in 7"), format!("unmap {page:#x} bytes at 0x100000 in 7")]
    );
}

#[test]
fn each_vector_wakes_its_own_waiter_and_so_does_a_kick() {
    let kernel = Arc::new(Scripted::new());
    let device = bound().open(kernel.clone(), false).unwrap();
    kernel.fire(abi::VFIO_PCI_MSIX_IRQ_INDEX, 3);
    device.kick(4);
    assert_eq!(device.wait(2, 0).unwrap(), Wake::Deadline);
    assert_eq!(device.wait(3, i64::MAX).unwrap(), Wake::Interrupt);
    assert_eq!(device.wait(3, 0).unwrap(), Wake::Deadline);
    assert_eq!(device.wait(4, i64::MAX).unwrap(), Wake::Kicked);
    assert!(!kernel.calls().iter().any(|call| call.starts_with("unmask")));
}

#[test]
fn without_msix_the_line_that_masked_itself_is_unmasked_by_the_next_wait() {
    let kernel = Arc::new(Scripted { msix: 0, ..Scripted::new() });
    let device = bound().open(kernel.clone(), false).unwrap();
    assert_eq!(device.vectors(), 1);
    kernel.fire(abi::VFIO_PCI_INTX_IRQ_INDEX, 0);
    kernel.calls();
    assert_eq!(device.wait(0, i64::MAX).unwrap(), Wake::Interrupt);
    assert!(kernel.calls().is_empty());
    assert_eq!(device.wait(0, 0).unwrap(), Wake::Deadline);
    assert_eq!(kernel.calls(), ["unmask 0"]);
    assert_eq!(device.wait(0, 0).unwrap(), Wake::Deadline);
    assert!(kernel.calls().is_empty(), "once");
}

#[test]
fn an_error_of_the_link_and_a_removal_end_every_wait_with_their_reason() {
    for (index, reason) in [(abi::VFIO_PCI_ERR_IRQ_INDEX, "AER"), (abi::VFIO_PCI_REQ_IRQ_INDEX, "unplugged")]
    {
        let kernel = Arc::new(Scripted::new());
        let device = bound().open(kernel.clone(), false).unwrap();
        kernel.fire(index, 0);
        for vector in [0, 1, 0] {
            let error = device.wait(vector, i64::MAX).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}

#[test]
fn what_stands_in_the_way_is_named_with_its_remedy() {
    let absent = Machine { root: tempfile::tempdir().unwrap() };
    assert!(absent.refuses(Scripted::new(), false).contains("portolan devices"));
    let other = Machine::new(Some("e1000e"), Some(("12", "")), false);
    let text = other.refuses(Scripted::new(), false);
    assert!(text.contains("e1000e") && text.contains("portolan bind 0000:01:00.0"), "{text}");
    let unbound = Machine::new(None, Some(("12", "")), false);
    assert!(unbound.refuses(Scripted::new(), false).contains("no driver"));
    let no_group = Machine::new(Some("vfio-pci"), None, false);
    assert!(no_group.refuses(Scripted::new(), false).contains("intel_iommu=on"));
    let text = bound().refuses(Scripted { viable: false, ..Scripted::new() }, false);
    assert!(text.contains("group 12") && text.contains("0000:01:00.1 (e1000e)"), "{text}");
    let held = Machine::new(Some("vfio-pci"), Some(("12", "")), true);
    let text = held.refuses(Scripted { bind: Some(Errno::INVAL), ..Scripted::new() }, false);
    assert!(text.contains("this process has") && text.contains("vfio0 open"), "{text}");
}

#[test]
fn no_iommu_mode_is_refused_unless_it_is_allowed() {
    // A kernel with character devices has none in this mode, though sysfs names one.
    let machine = Machine::new(Some("vfio-pci"), Some(("12", "vfio-noiommu")), true);
    fs::remove_file(machine.root.path().join("dev/vfio/devices/vfio0")).unwrap();
    assert!(machine.refuses(Scripted::new(), false).contains("--allow-noiommu"));
    let kernel = Arc::new(Scripted::new());
    drop(machine.open(kernel.clone(), true).unwrap());
    assert_eq!(kernel.calls(), ["set container", "set iommu 8", "device 0000:01:00.0", "reset"]);
}

#[test]
fn memory_that_cannot_be_mapped_is_told_with_the_limit_that_may_be_why() {
    let kernel = Arc::new(Scripted { map: Some(Errno::NOMEM), ..Scripted::new() });
    let device = bound().open(kernel, false).unwrap();
    let memory = Arc::new(device.memory(1).unwrap());
    let error = device.share(&memory).unwrap_err();
    assert!(error.to_string().contains("RLIMIT_MEMLOCK"), "{error}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let system =
        System { root: "/".into(), kernel: Arc::new(Scripted::new()), options: OpenOptions::default() };
    for spec in ["vfio:1", "vfio:", "uio:", "uio:x", "pci:0", "uio"] {
        let error = system.open(spec).map(drop).unwrap_err();
        assert!(matches!(error, OpenError::Spec { .. }), "{spec}: {error}");
        assert!(error.to_string().contains("vfio:DOMAIN"), "{error}");
    }
}
