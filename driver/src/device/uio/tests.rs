//! UIO on a file system of the test's own: a device is a file, whose first page or so are registers.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, symlink};

use portolan_regs::control;

use super::*;
use crate::sys::page_size;
use crate::sys::vfio::Linux;

struct Machine(tempfile::TempDir);

impl Machine {
    /// `/dev/uio0`, which this driver has.
    fn new(driver: &str) -> Machine {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("dev")).unwrap();
        let file = fs::File::create(root.path().join("dev/uio0")).unwrap();
        file.set_len(2 * page_size() as u64).unwrap();
        let class = root.path().join("sys/class/uio/uio0");
        fs::create_dir_all(&class).unwrap();
        fs::write(class.join("name"), format!("{driver}\n")).unwrap();
        Machine(root)
    }

    fn with_map(self, index: u32, address: u64, bytes: usize) -> Machine {
        let folder = self.0.path().join(format!("sys/class/uio/uio0/maps/map{index}"));
        fs::create_dir_all(&folder).unwrap();
        for (name, value) in [("addr", address), ("size", bytes as u64), ("offset", 0)] {
            fs::write(folder.join(name), format!("{value:#x}\n")).unwrap();
        }
        self
    }

    fn open(&self, which: &str) -> Result<UioDevice, OpenError> {
        let (root, options) = (self.0.path().to_owned(), Default::default());
        UioDevice::open(&System { root, kernel: Arc::new(Linux), options }, which)
    }
}

fn block() -> Machine {
    let page = page_size();
    Machine::new("accel").with_map(0, 0x1000_0000, page).with_map(1, 0x5000_0000, page)
}

#[test]
fn registers_are_the_first_memory_and_rings_are_in_the_second() {
    let machine = block();
    let device = machine.open("0").unwrap();
    device.write(control::SCRATCH, 7).unwrap();
    assert_eq!(device.read(control::SCRATCH).unwrap(), 7);
    assert!(device.read(page_size() as u32).is_err());
    let memory = Arc::new(device.memory(100).unwrap());
    assert_eq!(device.share(&memory).unwrap(), Some(0x5000_0000));
    assert!(device.memory(1).is_err(), "it has one page");
    assert_eq!(device.no_rings(), None);
    // Other memory is none that the board reaches.
    assert_eq!(device.share(&Arc::new(Memory::new(1).unwrap())).unwrap(), None);
}

#[test]
fn a_second_opener_is_told_who_has_it() {
    let machine = block();
    let first = machine.open("0").unwrap();
    let error = machine.open("0").map(drop).unwrap_err();
    assert!(error.to_string().contains("this process has"), "{error}");
    drop(first);
    machine.open("0").unwrap();
}

#[test]
fn without_a_second_memory_packets_are_pulled_and_it_says_why() {
    let machine = Machine::new("accel").with_map(0, 0x1000_0000, page_size());
    let device = machine.open("0").unwrap();
    let memory = Arc::new(device.memory(1).unwrap());
    assert_eq!(device.share(&memory).unwrap(), None);
    assert!(device.no_rings().is_some_and(|why| why.contains("device-tree")));
}

#[test]
fn a_buffer_that_is_named_is_where_rings_go() {
    let machine = block();
    let class = machine.0.path().join("sys/class/u-dma-buf/udmabuf0");
    fs::create_dir_all(&class).unwrap();
    fs::write(class.join("phys_addr"), "0x60000000\n").unwrap();
    fs::write(class.join("size"), format!("{}\n", page_size())).unwrap();
    let buffer = fs::File::create(machine.0.path().join("dev/udmabuf0")).unwrap();
    buffer.set_len(page_size() as u64).unwrap();
    let device = machine.open("0,udmabuf0").unwrap();
    let memory = Arc::new(device.memory(1).unwrap());
    assert_eq!(device.share(&memory).unwrap(), Some(0x6000_0000));
    let error = machine.open("0,udmabuf1").map(drop).unwrap_err();
    assert!(error.to_string().contains("udmabuf1"), "{error}");
}

#[test]
fn a_pci_card_of_uio_pci_generic_pulls_and_its_interrupt_is_let_through_again() {
    let machine = Machine::new("uio_pci_generic");
    let function = machine.0.path().join("sys/bus/pci/devices/0000:01:00.0");
    fs::create_dir_all(&function).unwrap();
    symlink(&function, machine.0.path().join("sys/class/uio/uio0/device")).unwrap();
    let bar = fs::File::create(function.join("resource0")).unwrap();
    bar.set_len(page_size() as u64).unwrap();
    let create = OpenOptions::new().read(true).write(true).create(true).truncate(true).clone();
    let config = create.open(function.join("config")).unwrap();
    config.write_all_at(&[0, 0, 0, 0, 6, 4, 0, 0], 0).unwrap();
    let device = machine.open("0").unwrap();
    let memory = Arc::new(device.memory(1).unwrap());
    assert_eq!(device.share(&memory).unwrap(), None);
    assert!(device.no_rings().is_some_and(|why| why.contains("no DMA")));
    // The file is readable at once, as after an interrupt.
    assert_eq!(device.wait(0, i64::MAX).unwrap(), Wake::Interrupt);
    let mut command = [0; 2];
    config.read_exact_at(&mut command, 4).unwrap();
    assert_eq!(command, [6, 0], "INTx is not disabled any more");
    device.kick(0);
    assert_eq!(device.wait(0, i64::MAX).unwrap(), Wake::Kicked);
    let error = machine.open("0,udmabuf0").map(drop).unwrap_err().to_string();
    assert!(error.contains("open") || error.contains("no DMA"), "{error}");
}

#[test]
fn a_block_that_is_larger_than_its_memory_is_refused() {
    let machine = block();
    let device = machine.open("0").unwrap();
    device.write(control::ID, portolan_regs::ID).unwrap();
    device.write(control::CAP_SIZE, control::CAP_SIZE::PORTS.put(8)).unwrap();
    drop(device);
    let error = machine.open("0").map(drop).unwrap_err().to_string();
    assert!(error.contains("bytes of registers"), "{error}");
}
