//! Who runs this program, and what that user may do, as the kernel tells.

use super::root::Root;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// The group whose members need no root.
pub const GROUP: &str = "portolan";

/// The user of this process.
#[derive(Clone, Debug)]
pub struct User {
    uid: u32,
    gids: Vec<u32>,
}

impl User {
    /// From `/proc/self/status`.
    pub fn of(root: &Root) -> User {
        let status = root.text("proc/self/status").unwrap_or_default();
        let numbers = |field: &str| -> Vec<u32> {
            let line = status.lines().find_map(|line| line.strip_prefix(field));
            line.unwrap_or_default().split_whitespace().filter_map(|number| number.parse().ok()).collect()
        };
        // Real, effective, saved and of the file system.
        let uid = numbers("Uid:").get(1).copied().unwrap_or(u32::MAX);
        let mut gids = numbers("Groups:");
        gids.extend(numbers("Gid:").get(1));
        User { uid, gids }
    }

    /// Whether it may do everything.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Whether it is in the group of this number.
    pub fn is_in(&self, gid: u32) -> bool {
        self.gids.contains(&gid)
    }

    /// Whether it may read and write a file.
    pub fn may_use(&self, root: &Root, path: &str) -> bool {
        let Ok(file) = fs::metadata(root.path(path)) else { return false };
        let bits = match () {
            () if self.is_root() => return true,
            () if file.uid() == self.uid => file.mode() >> 6,
            () if self.is_in(file.gid()) => file.mode() >> 3,
            () => file.mode(),
        };
        bits & 0o6 == 0o6
    }
}

/// The number of a group, from `/etc/group`.
pub fn group_number(root: &Root, name: &str) -> Option<u32> {
    let groups = root.text("etc/group")?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

/// A limit of this process, from `/proc/self/limits`; `u64::MAX` for none.
pub fn limit(root: &Root, name: &str) -> Option<u64> {
    let limits = root.text("proc/self/limits")?;
    let value =
        limits.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.to_string();
    if value == "unlimited" { Some(u64::MAX) } else { value.parse().ok() }
}

/// The numbers of a list like `0-3,8`, as the kernel writes sets of CPUs and nodes.
pub fn list(text: &str) -> Vec<u64> {
    let range = |part: &str| -> Option<std::ops::RangeInclusive<u64>> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        // No machine has more; a made-up list shall not fill memory.
        let last: u64 = last.trim().parse().ok().filter(|last| *last < 1 << 16)?;
        Some(first.trim().parse().ok()?..=last)
    };
    text.split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus_are_read_as_the_kernel_writes_them() {
        assert_eq!(list("0-3,8"), [0, 1, 2, 3, 8]);
        assert_eq!(list("7\n"), [7]);
        assert!(list("").is_empty());
        assert!(list("0-99999999999").is_empty());
    }
}
