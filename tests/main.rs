//! The one test program that links the engine: every case file is a named test.
//!
//! `cargo test valued_item` runs that file's cases. `TRADESTAT_CASES` names the folder of real
//! cases that may not stand in the repository; without it those tests say that they were skipped.

mod backtest;
mod bad_input;
mod case;
mod cli;
mod house;
mod program;
mod sad;
mod vintage;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = case::trials();
    trials.extend(house::trials());
    trials.extend(cli::trials());
    trials.extend(bad_input::trials());
    trials.extend(vintage::trials());
    trials.extend(backtest::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
