//! One thread reads, the others decode and encode; row groups are written in file order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;
use tradestat_core::decode::Context;
use tradestat_core::decode::delimited::{Chunk, DelimitedDecoder, Splitter};
use tradestat_core::decode::encoding::Transcoder;
use tradestat_core::form::Form;

use super::batch::{BatchWriter, Prepared};
use super::mismatch;
use super::source::Source;
use crate::error::{Error, Result};
use crate::progress::Event;
use crate::run::Job;
use crate::store::parquet::GroupEncoder;

/// Bytes of a chunk, which becomes a row group: the same on every machine, so that the store
/// does not depend on how many threads made it.
const CHUNK: usize = 16 << 20;

enum Message {
    /// A piece of a chunk by their numbers, and whether it is the last of its chunk.
    Prepared {
        place: (usize, usize),
        prepared: Box<Prepared>,
        is_last: bool,
    },
    Read(u64),
    Failed(Error),
    /// Hash of what was read, and columns the form does not name.
    Ended(String, Vec<String>),
}

/// Reads the whole file into the batch; what cannot be read of a line becomes a fault.
///
/// # Errors
/// When the file cannot be read, is not of the form, or is not the one whose hash the batch has.
pub async fn decode(
    job: &Job<'_>,
    form: &Arc<Form>,
    path: &Path,
    context: &Arc<Context>,
    writer: &mut BatchWriter,
) -> Result<()> {
    let workers = job.bounds.threads;
    // One chunk waiting a worker: more would only hold memory.
    let (give, take) = crossbeam_channel::bounded::<(usize, Chunk)>(1);
    let (send, mut receive) = mpsc::channel::<Message>(workers);
    let mut threads: Vec<JoinHandle<()>> = (0..workers)
        .map(|_| {
            let (take, send, context) = (take.clone(), send.clone(), context.clone());
            let (encoder, dates) = (writer.encoder(), writer.dates());
            std::thread::spawn(move || work(&take, &send, &context, &encoder, dates))
        })
        .collect();
    drop(take);
    let (form, own_path) = (form.clone(), path.to_path_buf());
    threads.push(std::thread::spawn(move || {
        let message = match read(&form, &own_path, &give, &send) {
            Ok(Some((hash, unlisted))) => Message::Ended(hash, unlisted),
            // The collector has an error already.
            Ok(None) => return,
            Err(error) => Message::Failed(error),
        };
        let _ = send.blocking_send(message);
    }));
    let collected = collect(job, &mut receive, writer).await;
    // Whoever still wants to give something learns that nobody takes it, and ends.
    drop(receive);
    for thread in threads {
        thread.join().expect("decoding a line never panics");
    }
    let (hash, unlisted) = collected?;
    if hash != writer.hash() {
        return Err(Error::SourceChanged { path: path.into() });
    }
    writer.pass_over(unlisted);
    Ok(())
}

/// Decodes and encodes chunks until there are no more, or nobody takes them.
fn work(
    take: &crossbeam_channel::Receiver<(usize, Chunk)>,
    send: &mpsc::Sender<Message>,
    context: &Arc<Context>,
    encoder: &GroupEncoder,
    dates: &[&str],
) {
    let mut decoder: Option<DelimitedDecoder> = None;
    for (number, chunk) in take {
        let decoder = decoder.get_or_insert_with(|| DelimitedDecoder::new(chunk.plan.clone(), context.clone()));
        let mut piece = 0;
        let mut give_back = |decoded, is_last| {
            let message = match Prepared::new(decoded, context, encoder.clone(), dates) {
                Ok(prepared) => Message::Prepared { place: (number, piece), prepared: Box::new(prepared), is_last },
                Err(error) => Message::Failed(error),
            };
            piece += 1;
            send.blocking_send(message).is_ok()
        };
        let last = decoder.decode_in_pieces(&chunk, &mut |decoded| {
            // Nobody listens any more only when there is an error already.
            give_back(decoded, false);
        });
        drop(chunk);
        if !give_back(last, true) {
            return;
        }
    }
}

/// Writes what comes in the order of the file; gives the hash of what was read and the columns not named.
async fn collect(
    job: &Job<'_>,
    receive: &mut mpsc::Receiver<Message>,
    writer: &mut BatchWriter,
) -> Result<(String, Vec<String>)> {
    let mut waiting: BTreeMap<(usize, usize), (Box<Prepared>, bool)> = BTreeMap::new();
    let mut next = (0, 0);
    let mut ended = None;
    while let Some(message) = receive.recv().await {
        match message {
            Message::Prepared { place, prepared, is_last } => {
                waiting.insert(place, (prepared, is_last));
                while let Some((prepared, is_last)) = waiting.remove(&next) {
                    writer.take(*prepared).await?;
                    next = if is_last { (next.0 + 1, 0) } else { (next.0, next.1 + 1) };
                }
            }
            Message::Read(by) => job.listen.hear(Event::Advanced { by }),
            Message::Failed(error) => return Err(error),
            Message::Ended(hash, unlisted) => ended = Some((hash, unlisted)),
        }
    }
    Ok(ended.expect("the reader ends with its hash or an error"))
}

/// Cuts the file into chunks; none where nobody takes them any more, because there is an error already.
fn read(
    form: &Arc<Form>,
    path: &Path,
    give: &crossbeam_channel::Sender<(usize, Chunk)>,
    send: &mpsc::Sender<Message>,
) -> Result<Option<(String, Vec<String>)>> {
    let mut source = Source::open(path)?;
    let mut splitter = Splitter::new(form.clone(), CHUNK);
    let mut number = 0;
    let mut pass = |chunk: Chunk| {
        number += 1;
        give.send((number - 1, chunk)).is_ok()
    };
    let mut told = 0;
    let mut tell = |position: u64| {
        let _ = send.blocking_send(Message::Read(position - told));
        told = position;
    };
    let wrong = |e| mismatch(path, form, &e);
    match Transcoder::of(form) {
        None => loop {
            let count = source.read(splitter.space())?;
            if count == 0 {
                break;
            }
            if let Some(chunk) = splitter.advance(count).map_err(wrong)? {
                tell(source.position());
                if !pass(chunk) {
                    return Ok(None);
                }
            }
        },
        Some(mut transcoder) => {
            let mut block = vec![0; 1 << 18];
            loop {
                let count = source.read(&mut block)?;
                let text = if count == 0 { transcoder.finish() } else { transcoder.push(&block[..count]) };
                for chunk in splitter.push(text.map_err(wrong)?.as_bytes()).map_err(wrong)? {
                    tell(source.position());
                    if !pass(chunk) {
                        return Ok(None);
                    }
                }
                if count == 0 {
                    break;
                }
            }
        }
    }
    if let Some(chunk) = splitter.finish().map_err(wrong)?
        && !pass(chunk)
    {
        return Ok(None);
    }
    tell(source.position());
    let unlisted = splitter.plan().map(|plan| plan.unlisted().to_vec()).unwrap_or_default();
    Ok(Some((source.finish()?, unlisted)))
}
