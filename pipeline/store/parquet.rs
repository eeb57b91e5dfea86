//! How relations are written: sorted row groups, zstd, dictionaries and statistics where they
//! help a reader, and field metadata so that a researcher's `describe` explains the column.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{SortColumn, lexsort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::file::writer::SerializedFileWriter;
use datafusion::parquet::schema::types::ColumnPath;
use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use super::manifest::RelationFile;
use crate::error::{Error, Result};

/// Bytes kept before they are sent on as one part.
const PART: usize = 8 << 20;
/// Rows of a row group that a run writes.
pub const ROW_GROUP: usize = 131_072;
/// Rows of a page that a run writes.
const PAGE: usize = 8192;
/// Rows of a page of items: a slice of chapters reads a few thousand rows of each row group, and
/// whole pages of them.
const ITEM_PAGE: usize = 2048;

/// Properties for a schema: dictionaries for codes, none for amounts and free text, whose
/// values hardly repeat.
pub fn properties(schema: &SchemaRef) -> WriterProperties {
    with_pages(schema, PAGE)
}

fn with_pages(schema: &SchemaRef, page: usize) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("one is a level")))
        .set_created_by(format!("tradestat {}", env!("CARGO_PKG_VERSION")))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_row_count_limit(page)
        .set_dictionary_page_size_limit(4 << 20)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let column = ColumnPath::from(field.name().as_str());
        builder = match field.data_type() {
            DataType::Dictionary(..) if ["hs6", "commodity_code"].contains(&field.name().as_str()) => {
                builder.set_column_statistics_enabled(column, EnabledStatistics::Page)
            }
            DataType::Dictionary(..) | DataType::Boolean => builder,
            DataType::Utf8 if field.name() == "goods_description" => builder
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_statistics_enabled(column, EnabledStatistics::None),
            DataType::Date32 | DataType::Utf8 | DataType::Utf8View => builder,
            _ => builder.set_column_dictionary_enabled(column, false),
        };
    }
    builder.build()
}

fn failed(what: &str) -> impl FnOnce(ParquetError) -> Error {
    let what = what.to_owned();
    move |source| Error::Write { what, source: source.into() }
}

/// Bytes on their way to the store, in parts; the file appears only when it is finished.
struct Upload {
    key: String,
    upload: Box<dyn MultipartUpload>,
    sent: u64,
    digest: blake3::Hasher,
}

impl Upload {
    async fn open(objects: &Arc<dyn ObjectStore>, key: &str) -> Result<Self> {
        let upload =
            objects.put_multipart(&Key::from(key)).await.map_err(|e| Error::Write { what: key.into(), source: e.into() })?;
        Ok(Upload { key: key.into(), upload, sent: 0, digest: blake3::Hasher::new() })
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.sent += bytes.len() as u64;
        self.digest.update(&bytes);
        let put = self.upload.put_part(PutPayload::from(bytes)).await;
        put.map_err(|e| Error::Write { what: self.key.clone(), source: e.into() })
    }

    /// Sends the last bytes and makes the file visible; its size and digest. A failure throws away
    /// what was sent.
    async fn finish(mut self, last: Vec<u8>) -> Result<(u64, Option<String>)> {
        let done = self.complete(last).await;
        if done.is_err() {
            self.abort().await;
        }
        done
    }

    async fn complete(&mut self, last: Vec<u8>) -> Result<(u64, Option<String>)> {
        if !last.is_empty() {
            self.send(last).await?;
        }
        let done = self.upload.complete().await;
        done.map_err(|e| Error::Write { what: self.key.clone(), source: e.into() })?;
        Ok((self.sent, Some(self.digest.finalize().to_hex().to_string())))
    }

    async fn abort(&mut self) {
        // The failure that brought us here is the one to report.
        let _ = self.upload.abort().await;
    }
}

/// Writes the batches of one file of a relation.
pub struct RelationWriter {
    relation: String,
    period: Option<String>,
    upload: Upload,
    writer: ArrowWriter<Vec<u8>>,
    rows: u64,
}

impl RelationWriter {
    /// Begins the file `key`, which nobody sees before a manifest names it.
    pub async fn create(
        objects: &Arc<dyn ObjectStore>,
        relation: &str,
        key: &str,
        period: Option<String>,
        schema: &SchemaRef,
    ) -> Result<Self> {
        let upload = Upload::open(objects, key).await?;
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties(schema))).map_err(failed(key))?;
        Ok(RelationWriter { relation: relation.into(), period, upload, writer, rows: 0 })
    }

    /// Takes the rows; what fills a part of the upload is sent.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(failed(&self.upload.key))?;
        self.drain().await
    }

    async fn drain(&mut self) -> Result<()> {
        if self.writer.inner().len() >= PART {
            let bytes = std::mem::take(self.writer.inner_mut());
            self.upload.send(bytes).await?;
        }
        Ok(())
    }

    /// Completes the file; nobody sees it before a manifest names it.
    ///
    /// # Errors
    /// When the rows cannot be encoded or uploaded.
    pub async fn finish(mut self) -> Result<RelationFile> {
        let written = self.writer.finish().map_err(failed(&self.upload.key));
        if let Err(error) = written {
            self.upload.abort().await;
            return Err(error);
        }
        let last = std::mem::take(self.writer.inner_mut());
        let path = self.upload.key.clone();
        let (bytes, blake3) = self.upload.finish(last).await?;
        Ok(RelationFile { relation: self.relation, path, period: self.period, rows: self.rows, bytes, blake3 })
    }

    /// Throws away what was uploaded, after a failure that is told elsewhere.
    pub async fn abort(mut self) {
        self.upload.abort().await;
    }
}

/// The rows of a file, some at a time and in its order.
pub fn rows_of(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let file = std::fs::File::open(path).map_err(Error::write(path.display().to_string()))?;
    let key = path.display().to_string();
    let rows = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|reader| reader.build()).map_err(failed(&key))?;
    Ok(rows.map(move |batch| batch.map_err(|e| failed(&key)(e.into()))))
}

/// A row group, encoded by a worker and waiting for its turn in the file.
pub struct EncodedGroup {
    chunks: Vec<ArrowColumnChunk>,
    rows: u64,
}

/// Encodes row groups away from the file, so that many workers can; cheap to clone.
#[derive(Clone)]
pub struct GroupEncoder {
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: SchemaRef,
}

impl GroupEncoder {
    /// The batch as one row group.
    pub fn encode(&self, batch: &RecordBatch) -> Result<EncodedGroup> {
        let encode = || -> Result<Vec<ArrowColumnChunk>, ParquetError> {
            let mut writers = self.factory.create_column_writers(0)?.into_iter();
            let mut chunks = Vec::with_capacity(batch.num_columns());
            for (field, column) in self.schema.fields().iter().zip(batch.columns()) {
                for leaf in compute_leaves(field, column)? {
                    let mut writer = writers.next().expect("a flat schema has a writer a column");
                    writer.write(&leaf)?;
                    chunks.push(writer.close()?);
                }
            }
            Ok(chunks)
        };
        Ok(EncodedGroup { chunks: encode().map_err(failed("item"))?, rows: batch.num_rows() as u64 })
    }
}

/// A file made of row groups that were encoded elsewhere, in the order they are appended.
pub struct GroupWriter {
    relation: String,
    upload: Upload,
    writer: SerializedFileWriter<Vec<u8>>,
    rows: u64,
}

impl GroupWriter {
    /// Begins the file `key` and gives what encodes its row groups; nobody sees it before a manifest names it.
    pub async fn create(
        objects: &Arc<dyn ObjectStore>,
        relation: &str,
        key: &str,
        schema: &SchemaRef,
    ) -> Result<(Self, GroupEncoder)> {
        let upload = Upload::open(objects, key).await?;
        let options = ArrowWriterOptions::new().with_properties(with_pages(schema, ITEM_PAGE));
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options).map_err(failed(key))?;
        let (writer, factory) = writer.into_serialized_writer().map_err(failed(key))?;
        let encoder = GroupEncoder { factory: Arc::new(factory), schema: schema.clone() };
        Ok((GroupWriter { relation: relation.into(), upload, writer, rows: 0 }, encoder))
    }

    /// Puts the group behind those before it.
    pub async fn append(&mut self, group: EncodedGroup) -> Result<()> {
        let append = || -> Result<(), ParquetError> {
            let mut row_group = self.writer.next_row_group()?;
            for chunk in group.chunks {
                chunk.append_to_row_group(&mut row_group)?;
            }
            row_group.close()?;
            Ok(())
        };
        append().map_err(failed(&self.upload.key))?;
        self.rows += group.rows;
        self.drain().await
    }

    async fn drain(&mut self) -> Result<()> {
        if self.writer.inner().len() >= PART {
            let bytes = std::mem::take(self.writer.inner_mut());
            self.upload.send(bytes).await?;
        }
        Ok(())
    }

    /// As [`RelationWriter::finish`]; the file is of no month.
    pub async fn finish(mut self) -> Result<RelationFile> {
        let written = self.writer.finish().map(|_| ()).map_err(failed(&self.upload.key));
        if let Err(error) = written {
            self.upload.abort().await;
            return Err(error);
        }
        let last = std::mem::take(self.writer.inner_mut());
        let path = self.upload.key.clone();
        let (bytes, blake3) = self.upload.finish(last).await?;
        Ok(RelationFile { relation: self.relation, path, period: None, rows: self.rows, bytes, blake3 })
    }

    /// Throws away what was uploaded, after a failure that is told elsewhere.
    pub async fn abort(mut self) {
        self.upload.abort().await;
    }
}

/// Rows in the order of the given columns, nulls first; equal rows keep their order's meaning
/// because the columns are a key, or the caller adds one.
pub fn sorted(batch: &RecordBatch, columns: &[&str]) -> Result<RecordBatch> {
    let sort = || {
        let keys: Vec<SortColumn> = columns
            .iter()
            .filter_map(|name| batch.column_by_name(name))
            .map(|values| SortColumn { values: values.clone(), options: None })
            .collect();
        if keys.is_empty() {
            return Ok(batch.clone());
        }
        take_record_batch(batch, &lexsort_to_indices(&keys, None)?)
    };
    sort().map_err(|source| Error::Engine { doing: "sorting rows".into(), source: Box::new(source.into()) })
}
