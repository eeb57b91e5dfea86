//! Arguments in, exit code out.

mod allocator;

use std::process::ExitCode;

use clap::Parser;
use tradestat::cli::Cli;
use tradestat::progress::{Event, JsonLines, Listen, Quiet, Terminal, tell};

/// Plans of the longest chains of views are deep, and the development build of the engine needs
/// several times the stack of the optimised one.
const STACK: usize = 64 << 20;

fn main() -> ExitCode {
    allocator::keep_pages();
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
