//! The allocator of the program, and what it may keep.

// The system's allocator keeps the pages of freed row groups; with this one the memory of the
// largest months is bounded, and they take less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`, which the bindings have no name for.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Milliseconds before a freed page goes back to the kernel. Most are used again at once by the
/// next row group, and giving them back at once and getting them cleared again took a fifth of the
/// time of reading files in. Kept for half a second they take two fifths more memory in a run over
/// three million items than kept for a tenth, and the same time.
const KEPT_FOR: std::ffi::c_long = 100;

/// What the user sets in the environment (`MIMALLOC_PURGE_DELAY`) holds.
pub fn keep_pages() {
    // SAFETY: sets a number of the allocator, before other threads start.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, KEPT_FOR) };
    // The allocator asks for pages of two megabytes wherever the kernel has them. Most of our
    // blocks fill a small part of one: publishing ten million items took twice the memory, and
    // clearing what nobody writes to took a tenth of the time of a run.
    #[cfg(target_os = "linux")]
    // SAFETY: changes how the kernel answers page faults of this process, and nothing else.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0)
    };
}
