//! Who is told of the card's interrupts: eventfds, by VFIO's indices.
//!
//! What comes while nobody is told is latched, because arming is incremental: a client drops all vectors and gives them
//! back one by one. INTx masks itself when it was told of, until it is unmasked (Linux, VFIO_IRQ_INFO_AUTOMASKED).

use std::os::fd::{AsRawFd, OwnedFd};

use portolan::device::vfio_user::protocol::{IrqInfo, IrqSet};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use vfio_bindings::bindings::vfio as v;

/// What a change of the vectors means for the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arming {
    /// Vector.
    pub vector: usize,
    /// Somebody is told of it now.
    pub armed: bool,
}

/// Something that can be told of.
#[derive(Default)]
struct Event {
    file: Option<OwnedFd>,
    /// It came while nobody was told.
    latched: bool,
}

impl Event {
    fn signal(&mut self) {
        let Some(file) = &self.file else {
            self.latched = true;
            return;
        };
        // One that is full is signaled, and a write could wait for ever.
        if poll(&mut [PollFd::new(file, PollFlags::OUT)], Some(&Timespec::default()))
            .is_ok_and(|ready| ready > 0)
        {
            let _ = rustix::io::write(file, &1u64.to_ne_bytes());
        }
    }

    fn assign(&mut self, file: Option<OwnedFd>) {
        self.file = file;
        if self.file.is_some() && std::mem::take(&mut self.latched) {
            self.signal();
        }
    }
}

/// Whether it is one: writing to anything else could wait for ever.
fn is_eventfd(file: &OwnedFd) -> bool {
    let link = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()));
    link.is_ok_and(|link| link.as_os_str() == "anon_inode:[eventfd]")
}

/// The card's interrupts.
pub struct Interrupts {
    intx: Event,
    /// INTx is not told of.
    masked: bool,
    level: bool,
    vectors: Vec<Event>,
    error: Event,
    request: Event,
}

impl Interrupts {
    /// Of a card with so many MSI-X vectors.
    pub fn new(vectors: usize) -> Interrupts {
        Interrupts {
            intx: Event::default(),
            masked: false,
            level: false,
            vectors: std::iter::repeat_with(Event::default).take(vectors).collect(),
            error: Event::default(),
            request: Event::default(),
        }
    }

    /// Nobody is told of anything any more, and what was latched is forgotten.
    pub fn forget(&mut self) {
        *self = Interrupts { level: self.level, ..Interrupts::new(self.vectors.len()) };
    }

    /// What an index is; `None` for one that there is not.
    pub fn info(&self, index: u32) -> Option<IrqInfo> {
        let mut flags = v::VFIO_IRQ_INFO_EVENTFD;
        if index == v::VFIO_PCI_INTX_IRQ_INDEX {
            flags |= v::VFIO_IRQ_INFO_MASKABLE | v::VFIO_IRQ_INFO_AUTOMASKED;
        }
        Some(IrqInfo { flags, index, count: self.count(index)? })
    }

    fn count(&self, index: u32) -> Option<u32> {
        match index {
            v::VFIO_PCI_INTX_IRQ_INDEX | v::VFIO_PCI_ERR_IRQ_INDEX | v::VFIO_PCI_REQ_IRQ_INDEX => Some(1),
            v::VFIO_PCI_MSI_IRQ_INDEX => Some(0),
            v::VFIO_PCI_MSIX_IRQ_INDEX => Some(self.vectors.len() as u32),
            _ => None,
        }
    }

    /// Whether somebody is told of a vector's messages.
    pub fn is_armed(&self, vector: usize) -> bool {
        self.vectors.get(vector).is_some_and(|event| event.file.is_some())
    }

    /// A vector's message has come.
    pub fn message(&mut self, vector: usize) {
        if let Some(event) = self.vectors.get_mut(vector) {
            event.signal();
        }
    }

    /// INTx is at this level.
    pub fn level(&mut self, level: bool) {
        if self.level != level {
            self.level = level;
            self.tell_level();
        }
    }

    fn tell_level(&mut self) {
        if self.level && !self.masked && self.intx.file.is_some() {
            self.masked = true;
            self.intx.signal();
        }
    }

    /// The card failed.
    pub fn error(&mut self) {
        self.error.signal();
    }

    /// The card is about to go.
    pub fn request(&mut self) {
        self.request.signal();
    }

    /// SET_IRQS. What becomes of the vectors in the table; EINVAL for what makes no sense.
    pub fn set(&mut self, set: IrqSet, data: &[u8], files: Vec<OwnedFd>) -> Result<Vec<Arming>, Errno> {
        let IrqSet { flags, index, start, count } = set;
        let have = self.count(index).ok_or(Errno::INVAL)?;
        let end = start.checked_add(count).filter(|end| *end <= have).ok_or(Errno::INVAL)?;
        let action = flags & v::VFIO_IRQ_SET_ACTION_TYPE_MASK;
        let kind = flags & v::VFIO_IRQ_SET_DATA_TYPE_MASK;
        let events = start as usize..end as usize;
        // Those that are meant: all, or those with a true in the data.
        let meant: Vec<usize> = match kind {
            v::VFIO_IRQ_SET_DATA_NONE => events.clone().collect(),
            v::VFIO_IRQ_SET_DATA_BOOL if data.len() >= count as usize => {
                events.clone().zip(data).filter(|(_, on)| **on != 0).map(|(event, _)| event).collect()
            }
            v::VFIO_IRQ_SET_DATA_EVENTFD => Vec::new(),
            _ => return Err(Errno::INVAL),
        };
        match (action, kind) {
            (v::VFIO_IRQ_SET_ACTION_TRIGGER, v::VFIO_IRQ_SET_DATA_EVENTFD) => {
                if count == 0 || !(files.is_empty() || files.len() == count as usize) {
                    return Err(Errno::INVAL);
                }
                if !files.iter().all(is_eventfd) {
                    return Err(Errno::INVAL);
                }
                let mut files = files.into_iter();
                Ok(events.flat_map(|event| self.assign(index, event, files.next())).collect())
            }
            (v::VFIO_IRQ_SET_ACTION_TRIGGER, v::VFIO_IRQ_SET_DATA_NONE) if count == 0 && start == 0 => {
                Ok((0..have as usize).flat_map(|event| self.assign(index, event, None)).collect())
            }
            (v::VFIO_IRQ_SET_ACTION_TRIGGER, _) => {
                meant.into_iter().for_each(|event| self.event(index, event).signal());
                Ok(Vec::new())
            }
            (v::VFIO_IRQ_SET_ACTION_MASK | v::VFIO_IRQ_SET_ACTION_UNMASK, kind)
                if index == v::VFIO_PCI_INTX_IRQ_INDEX && kind != v::VFIO_IRQ_SET_DATA_EVENTFD =>
            {
                if !meant.is_empty() {
                    self.masked = action == v::VFIO_IRQ_SET_ACTION_MASK;
                    self.tell_level();
                }
                Ok(Vec::new())
            }
            _ => Err(Errno::INVAL),
        }
    }

    fn event(&mut self, index: u32, event: usize) -> &mut Event {
        match index {
            v::VFIO_PCI_MSIX_IRQ_INDEX => &mut self.vectors[event],
            v::VFIO_PCI_ERR_IRQ_INDEX => &mut self.error,
            v::VFIO_PCI_REQ_IRQ_INDEX => &mut self.request,
            _ => &mut self.intx,
        }
    }

    fn assign(&mut self, index: u32, event: usize, file: Option<OwnedFd>) -> Option<Arming> {
        let armed = file.is_some();
        self.event(index, event).assign(file);
        match index {
            v::VFIO_PCI_MSIX_IRQ_INDEX => return Some(Arming { vector: event, armed }),
            v::VFIO_PCI_INTX_IRQ_INDEX => {
                self.masked = false;
                self.tell_level();
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{EventfdFlags, eventfd};
    use std::os::fd::AsFd;

    const EVENTFD: u32 = v::VFIO_IRQ_SET_DATA_EVENTFD | v::VFIO_IRQ_SET_ACTION_TRIGGER;
    const MSIX: u32 = v::VFIO_PCI_MSIX_IRQ_INDEX;
    const INTX: u32 = v::VFIO_PCI_INTX_IRQ_INDEX;

    fn event() -> (OwnedFd, OwnedFd) {
        let near = eventfd(0, EventfdFlags::NONBLOCK).expect("an eventfd");
        (near.try_clone().expect("a descriptor"), near)
    }

    /// How often it was signaled since this was asked last.
    fn signals(file: &OwnedFd) -> u64 {
        let mut count = [0; 8];
        rustix::io::read(file.as_fd(), &mut count).map_or(0, |_| u64::from_ne_bytes(count))
    }

    fn set(flags: u32, index: u32, start: u32, count: u32) -> IrqSet {
        IrqSet { flags, index, start, count }
    }

    #[test]
    fn vectors_are_armed_one_by_one_and_nothing_that_comes_meanwhile_is_lost() {
        let mut irqs = Interrupts::new(3);
        let (far, near) = event();
        let armed = |vector| Ok(vec![Arming { vector, armed: true }]);
        assert_eq!(irqs.set(set(EVENTFD, MSIX, 1, 1), &[], vec![far]), armed(1));
        irqs.message(1);
        irqs.message(2);
        assert_eq!(signals(&near), 1);
        // All are dropped, then one is given back.
        let none = v::VFIO_IRQ_SET_DATA_NONE | v::VFIO_IRQ_SET_ACTION_TRIGGER;
        assert_eq!(irqs.set(set(none, MSIX, 0, 0), &[], vec![]).map(|armings| armings.len()), Ok(3));
        irqs.message(1);
        assert_eq!((signals(&near), irqs.is_armed(1)), (0, false));
        let again = near.try_clone().expect("a descriptor");
        assert_eq!(irqs.set(set(EVENTFD, MSIX, 2, 1), &[], vec![again]), armed(2));
        assert_eq!(signals(&near), 1, "the one of vector 2");
        let again = near.try_clone().expect("a descriptor");
        assert_eq!(irqs.set(set(EVENTFD, MSIX, 1, 1), &[], vec![again]), armed(1));
        assert_eq!(signals(&near), 1, "the one of vector 1");
        assert_eq!(
            irqs.set(set(EVENTFD, MSIX, 1, 1), &[], vec![]),
            Ok(vec![Arming { vector: 1, armed: false }])
        );
    }

    #[test]
    fn intx_masks_itself_and_is_told_of_again_if_it_is_still_asserted() {
        let mut irqs = Interrupts::new(0);
        let (far, near) = event();
        irqs.level(true);
        assert_eq!(irqs.set(set(EVENTFD, INTX, 0, 1), &[], vec![far]), Ok(vec![]));
        assert_eq!(signals(&near), 1, "it was asserted already");
        irqs.level(false);
        irqs.level(true);
        assert_eq!(signals(&near), 0, "it is masked");
        let unmask = v::VFIO_IRQ_SET_DATA_NONE | v::VFIO_IRQ_SET_ACTION_UNMASK;
        assert_eq!(irqs.set(set(unmask, INTX, 0, 1), &[], vec![]), Ok(vec![]));
        assert_eq!(signals(&near), 1);
        irqs.level(false);
        assert_eq!(irqs.set(set(unmask, INTX, 0, 1), &[], vec![]), Ok(vec![]));
        assert_eq!(signals(&near), 0);
        irqs.level(true);
        assert_eq!(signals(&near), 1);
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_changes_nothing() {
        let mut irqs = Interrupts::new(3);
        let (far, near) = event();
        assert!(irqs.set(set(EVENTFD, MSIX, 0, 1), &[], vec![far]).is_ok());
        let files = |count| (0..count).map(|_| event().0).collect::<Vec<_>>();
        for (set, data, files) in [
            (set(EVENTFD, 5, 0, 1), &[][..], files(1)),
            (set(EVENTFD, MSIX, 0, 4), &[], files(4)),
            (set(EVENTFD, MSIX, u32::MAX, 2), &[], files(2)),
            (set(EVENTFD, MSIX, 0, 2), &[], files(1)),
            (set(EVENTFD, MSIX, 0, 0), &[], files(0)),
            (set(EVENTFD, v::VFIO_PCI_MSI_IRQ_INDEX, 0, 1), &[], files(1)),
            (set(EVENTFD, MSIX, 0, 1), &[], vec![std::io::pipe().expect("a pipe").1.into()]),
            (set(0, MSIX, 0, 1), &[], files(0)),
            (set(u32::MAX, MSIX, 0, 1), &[], files(0)),
            (set(v::VFIO_IRQ_SET_DATA_BOOL | v::VFIO_IRQ_SET_ACTION_TRIGGER, MSIX, 0, 3), &[1, 1], files(0)),
            (set(v::VFIO_IRQ_SET_DATA_NONE | v::VFIO_IRQ_SET_ACTION_MASK, MSIX, 0, 1), &[], files(0)),
        ] {
            assert_eq!(irqs.set(set, data, files), Err(Errno::INVAL), "{set:?}");
        }
        irqs.message(0);
        assert_eq!(signals(&near), 1);
    }

    #[test]
    fn an_eventfd_that_is_full_holds_nobody_up() {
        let mut irqs = Interrupts::new(1);
        let near = eventfd(0, EventfdFlags::empty()).expect("an eventfd, on which a write waits");
        rustix::io::write(&near, &(u64::MAX - 1).to_ne_bytes()).expect("room");
        let far = near.try_clone().expect("a descriptor");
        assert!(irqs.set(set(EVENTFD, MSIX, 0, 1), &[], vec![far]).is_ok());
        irqs.message(0);
        assert_eq!(signals(&near), u64::MAX - 1);
        irqs.message(0);
        assert_eq!(signals(&near), 1);
    }

    #[test]
    fn a_client_can_trigger_what_it_is_told_of() {
        let mut irqs = Interrupts::new(3);
        let (far, near) = event();
        assert!(irqs.set(set(EVENTFD, MSIX, 1, 1), &[], vec![far]).is_ok());
        let trigger = v::VFIO_IRQ_SET_DATA_BOOL | v::VFIO_IRQ_SET_ACTION_TRIGGER;
        assert_eq!(irqs.set(set(trigger, MSIX, 0, 3), &[0, 1, 0], vec![]), Ok(vec![]));
        assert_eq!(signals(&near), 1);
    }
}
