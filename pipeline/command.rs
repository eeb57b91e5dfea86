//! Who answers what the command line asks.

pub mod change;
pub mod convert;
pub mod coverage;
pub mod demo;
pub mod document;
pub mod evaluate;
pub mod lists;
pub mod mirror;
pub mod query;
pub mod show;
pub mod trace;

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::cli::{
    Cli, Close, Command, EvaluateCommand, Ingest, MethodCommand, MirrorCommand, ReferenceCommand, Stage, State, StoreCommand,
};
use crate::command::evaluate::ground::Setup;
use crate::config::{self, Profile, Workspace};
use crate::engine::{self, Bounds};
use crate::error::{Error, Result};
use crate::method::{Method, header::Layer};
use crate::print;
use crate::progress::{Event, Listener};
use crate::run::{Clock, Job, Run};
use crate::stage;
use crate::store::manifest::Closing;
use crate::store::{Store, check, rekey, release};

/// Answers in a runtime of its own; what it says goes to `listen`, data to stdout.
pub fn execute(cli: Cli, listen: Listener<'_>) -> Result<()> {
    let mut bounds = Bounds::new(cli.threads, cli.memory_limit);
    bounds.slice = cli.slice.unwrap_or(bounds.slice);
    let clock = Clock::new(cli.now.as_deref())?;
    engine::runtime(bounds)?.block_on(answer(cli, bounds, clock, listen))
}

/// What every command may be asked with: the working folder, a method from a folder, bounds, the time.
struct Asking<'l> {
    root: PathBuf,
    method: Option<PathBuf>,
    bounds: Bounds,
    clock: Clock,
    listen: Listener<'l>,
}

impl Asking<'_> {
    async fn open(&self, as_of: Option<&str>) -> Result<Job<'_>> {
        Job::open(&self.root, self.method.as_deref(), as_of, self.bounds, self.clock.clone(), self.listen).await
    }

    fn workspace(&self) -> Option<Workspace> {
        Workspace::open(&self.root).ok()
    }

    /// The method without a working folder's lists.
    fn shipped(&self) -> Result<Method> {
        Method::read(self.method.as_deref(), None)
    }

    /// The method with the lists of the working folder, where there is one.
    fn imported(&self) -> Result<Method> {
        let imported = self.workspace().map(|workspace| workspace.imported);
        Method::read(self.method.as_deref(), imported.as_deref())
    }
}

async fn answer(cli: Cli, bounds: Bounds, clock: Clock, listen: Listener<'_>) -> Result<()> {
    let asking = Asking { root: cli.workspace, method: cli.method, bounds, clock, listen };
    match cli.command {
        Command::Init(asked) => {
            let profile = Profile::read(&asking.shipped()?, &asked.profile)?;
            config::init(&asked.dir, &profile, false)?;
            Store::create(&Workspace::open(&asked.dir)?.store).await?;
            listen.hear(Event::Note { text: format!("made the working folder `{}` for {}", asked.dir.display(), profile.title) });
            Ok(())
        }
        Command::Ingest(asked) if asked.sniff => stage::ingest::sniff(&asking.shipped()?, &asked.files),
        Command::Ingest(asked) => ingest(&asking.open(None).await?, &asked).await,
        Command::Validate(asked) => stages(asking.open(asked.as_of.as_deref()).await?, &asked, &["validate"]).await,
        Command::Compile(asked) => stages(asking.open(asked.as_of.as_deref()).await?, &asked, &["compile", "protect"]).await,
        Command::Publish(asked) => stages(asking.open(asked.as_of.as_deref()).await?, &asked, &["publish"]).await,
        Command::Run(asked) => {
            let all = ["validate", "compile", "protect", "publish"];
            stages(asking.open(asked.as_of.as_deref()).await?, &asked, &all).await
        }
        Command::Close(asked) => close(asking.open(None).await?, &asked).await,
        Command::Query(asked) => query::query(&asking.open(asked.as_of.as_deref()).await?, &asked).await,
        Command::Show(asked) => show::show(asking.method.as_deref(), asking.workspace().as_ref(), asked.name.as_deref()).await,
        Command::Method(asked) => answer_method(&asking, asked),
        Command::Mirror(asked) => {
            let as_of = match &asked.command {
                None => &asked.asked.as_of,
                Some(MirrorCommand::Reconcile(of)) => &of.as_of,
                Some(MirrorCommand::Report(of)) => &of.asked.as_of,
            };
            mirror::mirror(asking.open(as_of.as_deref()).await?, &asked).await
        }
        Command::Trace(asked) => trace::trace(asking.open(None).await?, &asked).await,
        Command::Store(StoreCommand::Rekey { why: None }) => {
            crate::say!("{}", rekey::EXPLAINED.trim_end());
            Ok(())
        }
        Command::Store(asked) => answer_store(&asking.open(None).await?, asked, cli.json).await,
        Command::Reference(ReferenceCommand::Convert(asked)) => convert::convert(asking.open(None).await?, &asked).await,
        Command::Reference(ReferenceCommand::Change(asked)) => change::change(asking.open(None).await?, &asked).await,
        Command::Reference(asked) => lists::reference(&asking.open(None).await?, &asked).await,
        Command::Evaluate(EvaluateCommand::Quantity) => evaluate::quantity::quantity(&asking.open(None).await?).await,
        Command::Evaluate(EvaluateCommand::Mirror(asked)) => {
            let setup = Setup { method: asking.method.as_deref(), bounds, clock: asking.clock, listen };
            evaluate::mirror::mirror(&setup, &asked).await
        }
        Command::Evaluate(EvaluateCommand::Reconcile(asked)) => {
            let setup = Setup { method: asking.method.as_deref(), bounds, clock: asking.clock, listen };
            evaluate::reconcile::reconcile(&setup, &asked).await
        }
        Command::Demo(asked) if asked.world.is_some() => demo::world(&asked, asking.method.as_deref()),
        Command::Demo(asked) => demo::demo(&asked, asking.method.as_deref(), bounds, asking.clock, listen).await,
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tradestat", &mut text);
            crate::say!("{}", String::from_utf8_lossy(&text).trim_end());
            Ok(())
        }
        Command::Man { dir: Some(dir) } => {
            let place = || Error::write(dir.display().to_string());
            std::fs::create_dir_all(&dir).map_err(place())?;
            clap_mangen::generate_to(Cli::command(), &dir).map_err(place())
        }
        Command::Man { dir: None } => {
            let page = clap_mangen::Man::new(Cli::command());
            let mut text = Vec::new();
            page.render(&mut text).map_err(Error::write("the manual page"))?;
            crate::say!("{}", String::from_utf8_lossy(&text).trim_end());
            Ok(())
        }
    }
}

/// Reads files in under the lock of the store.
async fn ingest(job: &Job<'_>, asked: &Ingest) -> Result<()> {
    let _lock = job.store.lock()?;
    let files: Vec<_> = asked.files.iter().map(|file| file.as_path()).collect();
    let asked = stage::ingest::Asked {
        form: asked.form.as_deref().expect("the command line requires it"),
        files: &files,
        received: asked.received.as_deref(),
        control: asked.control.as_deref(),
        given: &asked.given,
        pipes: asked.pipes,
    };
    stage::ingest::ingest(job, &asked).await
}

fn answer_method(asking: &Asking<'_>, asked: MethodCommand) -> Result<()> {
    match asked {
        MethodCommand::Export { dir } => export(&asking.imported()?, &dir, asking.listen),
        MethodCommand::Coverage { format } => coverage::coverage(&asking.imported()?, format, asking.listen),
        MethodCommand::Document(asked) => {
            document::document(asking.method.as_deref(), asking.workspace().as_ref(), &asked, asking.listen)
        }
    }
}

/// Lists and checks the store; what changes or copies it does so under its lock. `is_listed` asks for
/// every file that a crashed run left.
async fn answer_store(job: &Job<'_>, asked: StoreCommand, is_listed: bool) -> Result<()> {
    let _lock = match asked {
        StoreCommand::List | StoreCommand::Check => None,
        _ => Some(job.store.lock()?),
    };
    match asked {
        StoreCommand::List => check::list(&job.store).await,
        StoreCommand::Check => check::check(&job.store, &job.workspace, is_listed).await,
        StoreCommand::Withdraw { batch, why } => check::withdraw(&job.store, &batch, &why, &job.clock.stamp(), job.listen).await,
        StoreCommand::Copy { dest } => check::copy(&job.store, &job.workspace, &dest, job.listen).await,
        StoreCommand::Rekey { why } => {
            let why = why.expect("without a reason it is only explained");
            rekey::rekey(&job.store, &job.workspace, &why, &job.clock.stamp(), job.listen).await
        }
    }
}

/// Runs stages for a period under the lock of the store, and commits or records the failure.
pub async fn stages(job: Job<'_>, asked: &Stage, stages: &[&str]) -> Result<()> {
    decided(job, asked, stages, None).await
}

/// Stages of a run, whose release may have a state that somebody decided: the state, and who.
async fn decided(mut job: Job<'_>, asked: &Stage, stages: &[&str], decision: Option<(&str, &str)>) -> Result<()> {
    let _lock = job.store.lock()?;
    release::sweep(&job.workspace.release);
    // What compares with partners is planned by the commands that do.
    job.method.narrow(|method, step| !matches!(step.layer, Layer::Mirror | Layer::Classify) && !method.is_mirror_audit(step));
    job.check_method().await?;
    let mut run = Run::plan(&job, &asked.period, stages).await?;
    if let Some((state, who)) = decision {
        run.manifest.state = state.into();
        run.manifest.decided_by = Some(who.into());
    }
    run.refuse_stale(&job, stages).await?;
    run.note_stale_months(&job).await?;
    let done = run_stages(&job, &mut run, stages).await;
    if run.manifest.committed_at.is_empty() {
        run.manifest.committed_at = job.clock.stamp();
    }
    match done.and_then(|()| job.store.commit_run(&run.manifest)) {
        Ok(()) => {
            follow(&job, &run).await?;
            summary(&run, job.listen);
            Ok(())
        }
        Err(error) => {
            job.store.fail_run(&mut run.manifest, &error);
            let notes = run.manifest.notes.iter().chain(&run.manifest.declaration_notes);
            for note in notes.filter(|_| matches!(error, Error::Audit { .. })) {
                job.listen.hear(Event::Warning { text: note.clone() });
            }
            Err(error)
        }
    }
}

/// What a release brings with it once its run is committed: the record of the decision, and the pointer of its
/// period. Both follow from the committed runs, so that one that was cut short is made up for.
async fn follow(job: &Job<'_>, run: &Run) -> Result<()> {
    if run.manifest.release.is_none() || run.manifest.as_of.is_some() {
        return Ok(());
    }
    let runs = || run.earlier.iter().chain([&run.manifest]);
    let closings = job.store.closings().await?;
    for decided in runs().filter(|run| run.is_decided() && !closings.iter().any(|closing| closing.run == run.id)) {
        job.store.close(&Closing::of(decided))?;
    }
    let newest = release::newest(runs(), &run.manifest.period).expect("this one at least");
    release::point_to(&job.workspace.release.join(&run.manifest.period), newest)
}

async fn run_stages(job: &Job<'_>, run: &mut Run, stages: &[&str]) -> Result<()> {
    run.gather(job).await?;
    for stage in stages {
        match *stage {
            "validate" => {
                stage::validate::validate(job, run).await?;
                stage::worklist::worklist(job, run).await?;
                stage::validate::check_share(job, run)?;
            }
            "compile" => stage::compile::compile(job, run).await?,
            "protect" => stage::protect::protect(job, run).await?,
            _ => {
                let mirrored = stage::mirror::tables::for_release(job, run).await?;
                stage::publish::publish(job, run, mirrored).await?;
            }
        }
    }
    Ok(())
}

/// What a person wants to know at the end: every line accounted for, and where the release is.
fn summary(run: &Run, listen: Listener<'_>) {
    let mut lines = vec![format!(
        "{} {}: {} month(s), {:.2} s",
        run.manifest.stages.join(", "),
        run.manifest.period,
        run.months.len(),
        run.elapsed().as_secs_f64()
    )];
    let account = print::account::lines(run, &run.months);
    lines.push(account.iter().map(|(what, number)| format!("{what} {number}")).collect::<Vec<_>>().join(", "));
    for fate in &run.manifest.fates {
        let flow = if fate.flow.is_empty() { "-" } else { &fate.flow };
        lines.push(format!("  {:<12} {flow}  {:>12} items  {:>22}", fate.fate, fate.items, fate.value));
    }
    if !run.manifest.terms.is_empty() {
        lines.push(format!("items of {} and their declared value, by flow:", run.manifest.period));
        lines.extend(print::account::said(&run.manifest.terms));
    }
    for (what, number) in &run.manifest.account {
        lines.push(format!("  {what}: {number}"));
    }
    let objecting: Vec<String> =
        run.manifest.rules.iter().filter(|r| r.violating > 0).map(|r| format!("{} {}", r.code, r.violating)).collect();
    if !objecting.is_empty() {
        lines.push(format!("findings: {}", objecting.join(", ")));
    }
    for rule in run.manifest.rules.iter().filter_map(|rule| Some((&rule.code, rule.idle.as_ref()?))) {
        lines.push(format!("{}: {}", rule.0, rule.1));
    }
    if !run.manifest.stale_months.is_empty() {
        lines.push(format!("late or amended items would change: {}", run.manifest.stale_months.join(", ")));
    }
    lines.extend(run.manifest.notes.iter().chain(&run.manifest.declaration_notes).cloned());
    for text in lines {
        listen.hear(Event::Note { text });
    }
    if let Some(place) = run.manifest.account.get("release") {
        // The one line that a script wants.
        crate::say!("{place}");
    }
}

/// Publishes the newest compiled state of a month as final or revised, and records who said so.
async fn close(job: Job<'_>, asked: &Close) -> Result<()> {
    crate::run::period(&asked.period)?;
    let who = asked.who.trim();
    if who.is_empty() {
        return Err(Error::Usage { problem: "a closing needs who decides".into(), hint: "write --who NAME".into() });
    }
    let state = match asked.state {
        State::Final => "final",
        State::Revised => "revised",
    };
    let runs = job.store.runs().await?;
    if !runs.iter().any(|run| run.as_of.is_none() && run.period == asked.period && run.release.is_some()) {
        return Err(Error::NothingToRead {
            problem: format!("no release of {} to close", asked.period),
            hint: format!("run `tradestat run --period {}` first", asked.period),
        });
    }
    let listen = job.listen;
    let period = Stage { period: asked.period.clone(), as_of: None };
    decided(job, &period, &["publish"], Some((state, who))).await?;
    listen.hear(Event::Note { text: format!("{} is {state}, decided by {who}", asked.period) });
    Ok(())
}

fn export(method: &Method, dir: &Path, listen: Listener<'_>) -> Result<()> {
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Usage {
            problem: format!("`{}` is not empty", dir.display()),
            hint: "name a new folder: what was edited there would be lost, and lists of a working folder are its own".into(),
        });
    }
    let mut count = 0;
    for name in method.file_names() {
        let path = dir.join(name);
        let parent = path.parent().expect("below the folder");
        std::fs::create_dir_all(parent).map_err(Error::write(parent.display().to_string()))?;
        let bytes = method.file(name).expect("the name is its own");
        std::fs::write(&path, bytes).map_err(Error::write(path.display().to_string()))?;
        count += 1;
    }
    let text = format!("wrote {count} files to `{}`; run with `--method {0}` to use them", dir.display());
    listen.hear(Event::Note { text });
    Ok(())
}
