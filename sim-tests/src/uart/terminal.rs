//! A pseudo-terminal as a serial port: a program opens its path, the simulator holds its other end.
//!
//! Its rate is the one that the program has set. While no program has it open it swallows what it is sent, as a cable
//! without a host does.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use rustix::time::Timespec;

/// A serial port that programs can open.
#[derive(Debug)]
pub struct Terminal {
    master: File,
    path: String,
    /// Keeps the port's settings, and the master from failing, while no program has the port open.
    _own: OwnedFd,
}

impl Terminal {
    /// A new port.
    pub fn new() -> io::Result<Terminal> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = ptsname(&master, Vec::new())?;
        let own = open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&own)?;
        settings.make_raw();
        tcsetattr(&own, OptionalActions::Now, &settings)?;
        fcntl_setfl(&master, OFlags::NONBLOCK)?;
        let path = path.into_string().map_err(io::Error::other)?;
        Ok(Terminal { master: master.into(), path, _own: own })
    }

    /// What a program opens.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Bits per second, as the program has set them.
    pub fn baud(&self) -> io::Result<u32> {
        Ok(tcgetattr(&self.master)?.output_speed())
    }

    /// What the program has written; nothing is waited for.
    pub fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = [0; 512];
        match self.master.read(&mut bytes) {
            Ok(length) => Ok(bytes[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Gives the program bytes. What it has no room for is lost, as on a serial port.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.master.write(bytes) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A second hold of the master, to wait on it.
    pub(super) fn watch(&self) -> io::Result<File> {
        self.master.try_clone()
    }
}

/// Until the program has written something, or that time is over.
pub(super) fn wait(master: &File, time: Duration) -> io::Result<()> {
    let limit = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) };
    match poll(&mut [PollFd::new(master, PollFlags::IN)], Some(&limit)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
