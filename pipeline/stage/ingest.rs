//! Reads source files into the store: one file is one batch, and becomes visible whole.
//!
//! The id of a batch is the hash of its bytes and of its form and profile, so the same file
//! read twice is one batch. The bytes are hashed before and while they are decoded: a file
//! that changes in between leaves nothing behind.

pub mod batch;
mod control;
mod delimited;
mod partner;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tradestat_core::decode::{Context, FormMismatch, document};
use tradestat_core::form::{Form, Layout, TraderCheck};
use tradestat_core::pseudonym::PseudonymKey;
use tradestat_core::schema::Record;

use crate::error::{Error, Result, nearest, shown, visible};
use crate::method::Method;
use crate::progress::{Event, tell};
use crate::run::{Job, day_number};
use crate::store::leftover::Owner;
use crate::store::manifest::BatchManifest;
use batch::{BatchWriter, Prepared};
use control::Stated;

/// How files are to be read in.
#[derive(Default)]
pub struct Asked<'a> {
    pub form: &'a str,
    pub files: &'a [&'a Path],
    /// Day of receipt; today without it.
    pub received: Option<&'a str>,
    /// The sender's control totals.
    pub control: Option<&'a Path>,
    /// What the files do not say themselves, as `name=text`.
    pub given: &'a [String],
    /// Also what is no regular file, which is waited for.
    pub pipes: bool,
}

/// Reads every file; one that cannot be read does not stop the others, and the first error
/// is the one that the command ends with.
pub async fn ingest(job: &Job<'_>, asked: &Asked<'_>) -> Result<()> {
    let form = read_form(&job.method, asked.form)?;
    if form.is_unproven {
        let text =
            format!("form `{}` is not proven: no real file of it has been read; compare with the publisher's totals", form.name);
        job.listen.hear(Event::Note { text });
    }
    let known = &job.profile.forms;
    if form.record == Record::Item && !known.contains(&form.name) {
        let text = format!("form `{}` is none of profile `{}`, which has {}", form.name, job.profile.code, known.join(", "));
        job.listen.hear(Event::Warning { text });
    }
    let given = given(asked.given)?;
    let received = received_on(job, asked.received)?;
    let key = job.workspace.read_key()?;
    job.store.check_key(&job.workspace, &key).await?;
    if form.record != Record::PartnerFlow {
        job.check_profile(&job.store.batches().await?)?;
    }
    let controls = asked.control.map(control::read).transpose()?.unwrap_or_default();
    let files = source::expand(asked.files)?;
    if asked.control.is_some() && files.len() != 1 {
        return Err(Error::Usage {
            problem: format!("control totals are for one file, {} were named", files.len()),
            hint: "ingest the files one by one".into(),
        });
    }
    let mut failed: Option<Error> = None;
    let several = files.len() > 1;
    for path in &files {
        let read = async {
            if !asked.pipes {
                source::check_regular(path)?;
            }
            ingest_file(job, (&form, &given), path, received, &key, &controls).await
        };
        match read.await {
            Ok(()) => {}
            Err(error) if several && matches!(error.exit_code(), 3) => {
                let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
                job.listen.hear(Event::Warning { text: format!("tradestat: {error}{hint}") });
                failed.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    failed.map_or(Ok(()), Err)
}

/// The form of that name, parsed.
pub fn read_form(method: &Method, name: &str) -> Result<Form> {
    let file = format!("reference/forms/{name}.toml");
    let known: Vec<&str> = forms(method).collect();
    let text = method.file(&file).ok_or_else(|| Error::Usage {
        problem: format!("no form is called `{name}`"),
        hint: match nearest(name, known.iter().copied()) {
            Some(near) => format!("a form with a similar name exists: `{near}`"),
            None => format!("forms: {}", known.join(", ")),
        },
    })?;
    Form::parse(name, &String::from_utf8_lossy(text)).map_err(|e| Error::Inconsistent {
        file,
        line: None,
        problem: e.to_string(),
        hint: e.hint().unwrap_or_default(),
    })
}

/// What a form says, remarks apart: its name stays when it is put right.
fn form_digest(method: &Method, name: &str) -> String {
    let text = method.file(&format!("reference/forms/{name}.toml")).unwrap_or_default();
    let said: toml::Table = toml::from_str(&String::from_utf8_lossy(text)).expect("the form was read");
    let said = serde_json::to_vec(&said).expect("a table is written as JSON");
    blake3::hash(&said).to_hex()[..32].to_string()
}

fn forms(method: &Method) -> impl Iterator<Item = &str> {
    method.file_names().filter_map(|file| file.strip_prefix("reference/forms/")?.strip_suffix(".toml"))
}

fn given(pairs: &[String]) -> Result<BTreeMap<String, String>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| Error::Usage {
            problem: format!("`{text}` gives nothing a value"),
            hint: "write --given period=2005".into(),
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    pairs.iter().map(pair).collect()
}

fn received_on(job: &Job<'_>, asked: Option<&str>) -> Result<chrono::NaiveDate> {
    let Some(text) = asked else { return Ok(job.clock.today()) };
    day_number(text)
        .map(crate::run::day)
        .ok_or_else(|| Error::Usage { problem: format!("`{text}` is not a date"), hint: "write --received 2026-04-01".into() })
}

async fn ingest_file(
    job: &Job<'_>,
    (form, given): (&Form, &BTreeMap<String, String>),
    path: &Path,
    received: chrono::NaiveDate,
    key: &PseudonymKey,
    controls: &[Stated],
) -> Result<()> {
    let since = Instant::now();
    // It is printed, here and wherever the batch is named.
    let name = path.file_name().map(|name| visible(&name.to_string_lossy())).unwrap_or_default();
    let bytes = std::fs::metadata(path).map_err(|source| Error::ReadSource { path: path.into(), source })?.len();
    job.listen.hear(Event::Started { work: name.clone(), total: Some(bytes), unit: "bytes" });
    let (form, taken) = form
        .with_given(given, &name)
        .map_err(|e| Error::Usage { problem: format!("{name}: {e}"), hint: e.hint().unwrap_or_default() })?;
    let form = &Arc::new(form);
    let hash = source::hash(path)?;
    let id = match batch_id(job, &hash, form, &taken).await? {
        BatchId::Free(id) => id,
        BatchId::Taken(manifest) => {
            job.listen.hear(Event::Note { text: format!("{name}: read in before with this form; nothing changed") });
            // Read in beside the batch there is, the same items would be received twice, or contradict each other.
            if manifest.form_digest.as_ref().is_some_and(|digest| *digest != form_digest(&job.method, &form.name)) {
                let text = format!(
                    "{name}: form `{}` has changed since, and the batch is as the form was then; to read the file with it: \
                     tradestat store withdraw {} --why \"the form changed\", then ingest again",
                    form.name, manifest.id
                );
                job.listen.hear(Event::Warning { text });
            }
            control::tell_again(job, &name, &manifest, controls);
            return Ok(());
        }
    };
    let trader_check = trader_check(job)?;
    let context = Arc::new(Context { batch_id: id, received_on: received, pseudonyms: key.clone(), trader_check });
    let writer = BatchWriter::create(job, form, context.clone(), name.clone(), hash, bytes).await?;
    let written = write_batch(job, (form, &taken), path, &context, writer, controls).await;
    let committed = written.and_then(|manifest| Ok((job.store.commit_batch(&manifest)?, manifest)));
    if committed.is_err() {
        job.store.discard(Owner::Batch, &context.batch_id);
    }
    let (is_new, manifest) = committed?;
    if !is_new {
        job.listen.hear(Event::Note { text: format!("{name}: another run read it in meanwhile; nothing changed") });
        control::tell(job, &name, &manifest.controls);
        return Ok(());
    }
    control::tell(job, &name, &manifest.controls);
    // Reads every manifest: of a month of declarations, a file each, that would be the square of their number.
    if !manifest.flows.is_empty() {
        partner::tell_vintages(job, &manifest).await?;
    }
    for (month, count) in manifest.months.iter().filter(|(month, _)| manifest.is_ahead(month)) {
        let value = count.value.as_deref().unwrap_or_default();
        let text = format!(
            "{name}: {} item(s) of {value} are of {month}, after the month of their receipt, {}",
            count.items,
            &manifest.received_on[..7]
        );
        job.listen.hear(Event::Warning { text });
    }
    let text = format!("{name}: {}", counts(form, &manifest));
    job.listen.hear(Event::Finished { work: name, rows: manifest.items, took: since.elapsed() });
    job.listen.hear(Event::Note { text });
    Ok(())
}

/// Decodes a file into the files of its batch; nothing is visible of them yet.
async fn write_batch(
    job: &Job<'_>,
    (form, taken): (&Arc<Form>, &[String]),
    path: &Path,
    context: &Arc<Context>,
    mut writer: BatchWriter,
    controls: &[Stated],
) -> Result<BatchManifest> {
    let name = writer.source().to_owned();
    if !taken.is_empty() {
        writer.note(format!("not said in the file: {}", taken.join(", ")));
        job.listen.hear(Event::Note { text: format!("{name}: read with {}", taken.join(", ")) });
    }
    let decoded = match form.layout {
        Layout::Delimited => delimited::decode(job, form, path, context, &mut writer).await,
        Layout::Xml | Layout::Json => decode_document(form, path, context, &mut writer).await,
    };
    if let Err(error) = decoded {
        writer.abort().await;
        return Err(error);
    }
    for text in writer.note_readings(&job.profile) {
        job.listen.hear(Event::Warning { text: format!("{name}: {text}") });
    }
    writer.finish(controls).await
}

/// What was read: every line is an item or a fault.
fn counts(form: &Form, manifest: &BatchManifest) -> String {
    // A line of a partner file may hold several flows: then flows are what is counted.
    let [lines, rows] = match (form.record, form.records.len()) {
        (Record::PartnerFlow, 1) => ["lines", "flows"],
        (Record::PartnerFlow, _) => ["records", "flows"],
        _ => ["lines", "items"],
    };
    format!(
        "{lines} {} = {rows} {} + faulted lines {}; faults {}; batch {}",
        manifest.lines_read, manifest.items, manifest.faulted_lines, manifest.faults, manifest.id
    )
}

/// How the profile judges the numbers of traders.
fn trader_check(job: &Job<'_>) -> Result<TraderCheck> {
    let Some(text) = &job.profile.trader_check else { return Ok(TraderCheck::None) };
    TraderCheck::parse(text).ok_or_else(|| Error::Inconsistent {
        file: format!("reference/profiles/{}.toml", job.profile.code),
        line: None,
        problem: format!("unknown trader_check `{text}`"),
        hint: "write `digits:10` or `none`".into(),
    })
}

enum BatchId {
    Free(String),
    /// The bytes are in already, as this batch.
    Taken(Box<BatchManifest>),
}

/// The batch id of the bytes under this form and profile.
/// A withdrawn batch frees its bytes: they get the next id of theirs.
async fn batch_id(job: &Job<'_>, hash: &str, form: &Form, taken: &[String]) -> Result<BatchId> {
    // The same bytes read as another year are another batch.
    let named = [&[hash.to_owned(), form.name.clone(), job.profile.code.clone()], taken].concat().join(" ");
    let id = blake3::hash(named.as_bytes()).to_hex()[..32].to_string();
    let withdrawn = job.store.withdrawals().await?;
    let mut candidate = id.clone();
    let mut next = 2;
    while let Some(manifest) = job.store.batch(&candidate).await? {
        if !withdrawn.iter().any(|w| w.batch == candidate) {
            return Ok(BatchId::Taken(Box::new(manifest)));
        }
        candidate = format!("{id}-{next}");
        next += 1;
    }
    Ok(BatchId::Free(candidate))
}

/// A document is read whole, so it may be only so large once it is unpacked.
const DOCUMENT_BYTES: usize = 512 << 20;

/// A document is read whole, and decoded in one piece unless it is full of faults.
async fn decode_document(form: &Arc<Form>, path: &Path, context: &Arc<Context>, writer: &mut BatchWriter) -> Result<()> {
    let mut reader = source::Source::open(path)?;
    let bytes = reader.read_document(DOCUMENT_BYTES)?.map_err(|problem| Error::NotOfForm {
        path: path.into(),
        form: form.name.clone(),
        problem,
        hint: "a document is read whole: ask the sender for a sound one, or for several smaller ones".into(),
    })?;
    if reader.finish()? != writer.hash() {
        return Err(Error::SourceChanged { path: path.into() });
    }
    // A thread decodes, so that pieces are written while the rest is read.
    let (send, mut receive) = mpsc::channel::<Result<Prepared>>(1);
    let thread = {
        let (form, path, context) = (form.clone(), path.to_path_buf(), context.clone());
        let (encoder, dates) = (writer.encoder(), writer.dates());
        std::thread::spawn(move || {
            // Nobody listens any more only when there is an error already.
            let give = |decoded| drop(send.blocking_send(Prepared::new(decoded, &context, encoder.clone(), dates)));
            match document::decode_in_pieces(&form, &bytes, &context, &mut |piece| give(piece)) {
                Ok(last) => give(last),
                Err(e) => drop(send.blocking_send(Err(mismatch(&path, &form, &e)))),
            }
        })
    };
    let mut taken = Ok(());
    while let Some(prepared) = receive.recv().await {
        taken = match prepared {
            Ok(prepared) => writer.take(prepared).await,
            Err(error) => Err(error),
        };
        if taken.is_err() {
            break;
        }
    }
    drop(receive);
    thread.join().expect("decoding a document never panics");
    taken
}

/// The refusal of a whole file, with what stands in it made safe to print.
pub(super) fn mismatch(path: &Path, form: &Form, error: &FormMismatch) -> Error {
    Error::NotOfForm {
        path: path.into(),
        form: form.name.clone(),
        problem: visible(&error.to_string()),
        hint: visible(&error.hint().unwrap_or_default()),
    }
}

/// Prints a proposal of a form for each file: remarks and keys of a form, so that it can be saved as one. Why
/// is told to people besides.
pub fn sniff(method: &Method, files: &[PathBuf]) -> Result<()> {
    let mut known = Vec::new();
    for name in forms(method) {
        known.push(read_form(method, name)?);
    }
    let asked: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    for path in &source::expand(&asked)? {
        source::check_regular(path)?;
        let head = source::head(path, 256 << 10)?;
        let proposal = tradestat_core::sniff::sniff(&head, &known);
        tell(format_args!("{}", shown(path)));
        for reason in &proposal.reasons {
            tell(format_args!("  {}", visible(reason)));
        }
        let name = path.file_name().map(|name| visible(&name.to_string_lossy())).unwrap_or_default();
        crate::say!("# {name}\n{}", proposal.to_toml());
    }
    Ok(())
}
