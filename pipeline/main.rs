//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use tradestat::cli::Cli;
use tradestat::progress::{Event, JsonLines, Listen, Quiet, Terminal, tell};

// The system's allocator keeps the pages of freed row groups; with this one the memory of the
// largest months is bounded, and they take less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`, which the bindings have no name for.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Milliseconds before a freed page goes back to the kernel. Most are used again at once by the
/// next row group, and giving them back and getting them cleared again took a fifth of the time of
/// reading files in; what no later step uses again would otherwise add up over a run.
const KEPT_FOR: std::ffi::c_long = 10_000;

/// What the user sets in the environment (`MIMALLOC_PURGE_DELAY`) holds.
fn keep_pages() {
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

/// Plans of the longest chains of views are deep, and the development build of the engine needs
/// several times the stack of the optimised one.
const STACK: usize = 64 << 20;

fn main() -> ExitCode {
    keep_pages();
    let work = std::thread::Builder::new().stack_size(STACK).spawn(answer).expect("a program may start a thread");
    // A panic has said what it is; it goes on with its own exit code.
    work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn answer() -> ExitCode {
    let cli = Cli::parse();
    let is_json = cli.json;
    let listener: Box<dyn Listen> = if cli.json {
        Box::new(JsonLines)
    } else if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        Box::new(Terminal::default())
    } else {
        Box::new(Quiet)
    };
    match tradestat::command::execute(cli, listener.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) if is_json => {
            listener.hear(Event::Failed { error: error.to_string(), hint: error.hint(), exit_code: error.exit_code() });
            ExitCode::from(error.exit_code())
        }
        Err(error) => {
            tell(format_args!("tradestat: {error}"));
            let mut cause = std::error::Error::source(&error);
            while let Some(source) = cause {
                tell(format_args!("  because: {source}"));
                cause = source.source();
            }
            if let Some(hint) = error.hint() {
                tell(format_args!("\nhint: {hint}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}
