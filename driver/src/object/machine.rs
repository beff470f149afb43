//! What this machine is, as far as programs ask Zircon's and Magenta's kernel for it.

use crate::sys;

/// Processors that this process may use.
pub fn processors() -> u32 {
    sys::processors()
}

/// Bytes of memory of this machine.
pub fn physical_memory() -> u64 {
    sys::physical_memory()
}

/// Bytes of a page.
pub fn page_size() -> usize {
    sys::page_size()
}

/// Bytes of the smallest line of a data cache; 0 where the processor does not tell programs.
pub fn cache_line_size() -> u32 {
    sys::cache_line_size()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_pages_and_cache_lines_of_a_power_of_two() {
        assert!(page_size().is_power_of_two() && page_size() >= 4096);
        assert!(physical_memory() > page_size() as u64 && processors() > 0);
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        assert!(cache_line_size().is_power_of_two() && cache_line_size() >= 16, "{}", cache_line_size());
    }
}
