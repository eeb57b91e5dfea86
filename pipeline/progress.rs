//! What happens during a run, and who listens: bars on a terminal, JSON lines, or silence.
//!
//! Library code never prints; it sends an [`Event`]. Everything here goes to stderr.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::error::visible;

/// Prints data on stdout. A reader that has seen enough (`| head`) ends the program quietly.
pub fn say(text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    if let Err(error) = writeln!(std::io::stdout(), "{text}") {
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            tell(format_args!("tradestat: cannot write `stdout`\n  because: {error}"));
            std::process::exit(9);
        }
        std::process::exit(0);
    }
}

/// `println!` for data; see [`say`].
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::progress::say(format_args!($($text)*)) };
}

/// Something that a listener may show.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A long piece of work begins; `total` counts in `unit` where it is known.
    Started {
        work: String,
        total: Option<u64>,
        unit: &'static str,
    },
    Advanced {
        by: u64,
    },
    Finished {
        work: String,
        rows: u64,
        #[serde(serialize_with = "seconds")]
        took: Duration,
    },
    Note {
        text: String,
    },
    Warning {
        text: String,
    },
    /// The command ends with this; people get it in words.
    Failed {
        error: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        exit_code: u8,
    },
}

fn seconds<S: serde::Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((took.as_secs_f64() * 1000.0).round() / 1000.0)
}

/// Hears what happens: a terminal, JSON lines, or nobody.
pub trait Listen: Send + Sync {
    fn hear(&self, event: Event);
}

/// Whoever hears, borrowed for a run.
pub type Listener<'a> = &'a dyn Listen;

/// Prints a line for people on stderr. What it quotes of files and their names may hold control
/// characters, which a terminal would obey.
pub fn tell(text: std::fmt::Arguments<'_>) {
    let text = text.to_string();
    write(&text.split('\n').map(visible).collect::<Vec<_>>().join("\n"));
}

/// That nobody reads it is no reason to stop the work.
fn write(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Hears nothing: not a terminal and no `--json`, so only warnings and notes are worth a line.
pub struct Quiet;

impl Listen for Quiet {
    fn hear(&self, event: Event) {
        if let Event::Note { text } | Event::Warning { text } = event {
            tell(format_args!("{text}"));
        }
    }
}

/// One JSON object a line on stderr.
pub struct JsonLines;

impl Listen for JsonLines {
    fn hear(&self, event: Event) {
        if let Ok(line) = serde_json::to_string(&event) {
            write(&line);
        }
    }
}

/// A bar with counts and an estimate of the time left.
#[derive(Default)]
pub struct Terminal {
    bar: Mutex<Option<ProgressBar>>,
}

impl Listen for Terminal {
    fn hear(&self, event: Event) {
        let mut slot = self.bar.lock().expect("no listener panics while it holds the bar");
        match event {
            Event::Started { work, total, unit } => {
                let bar = match total {
                    Some(total) => ProgressBar::new(total).with_style(style(unit)),
                    None => ProgressBar::new_spinner(),
                };
                bar.set_message(work);
                bar.enable_steady_tick(Duration::from_millis(200));
                if let Some(old) = slot.replace(bar) {
                    old.finish_and_clear();
                }
            }
            Event::Advanced { by } => {
                if let Some(bar) = slot.as_ref() {
                    bar.inc(by);
                }
            }
            Event::Finished { work, rows, took } => {
                if let Some(bar) = slot.take() {
                    bar.finish_and_clear();
                }
                tell(format_args!("{work:<44} {rows:>12}  {:>7.2} s", took.as_secs_f64()));
            }
            Event::Failed { .. } => {}
            Event::Note { text } | Event::Warning { text } => match slot.as_ref() {
                Some(bar) => bar.suspend(|| tell(format_args!("{text}"))),
                None => tell(format_args!("{text}")),
            },
        }
    }
}

fn style(unit: &str) -> ProgressStyle {
    let template = match unit {
        "bytes" => "{msg:<32} {wide_bar} {bytes}/{total_bytes} left {eta}",
        _ => "{msg:<32} {wide_bar} {human_pos}/{human_len} left {eta}",
    };
    ProgressStyle::with_template(template).expect("the template is ours")
}
