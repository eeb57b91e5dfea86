//! The method: reads `sql/` and `reference/`, works out the order, checks everything before
//! any data are read, and plans steps. The only room that plans SQL.
//!
//! The method ships inside the program; `--method DIR` reads it from a folder instead, so that
//! a statistician edits a step and runs it without a compiler. Lists that an office imported
//! (`tradestat reference import`) lie in its working folder and win over the shipped ones.

pub mod base;
pub mod contribution;
mod fold;
pub mod header;
pub mod lists;
pub mod parameter;
pub mod register;
pub mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::runtime::SpawnedTask;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::scalar::ScalarValue;
use datafusion::sql::resolve::resolve_table_references;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result, nearest};
use crate::partner;
use header::{Header, Layer};
use lists::List;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Values of the run, bound to the placeholders of the SQL.
pub type Parameters = Vec<(String, ScalarValue)>;

/// One file of `sql/`: a relation, a rule, an audit or a published table.
#[derive(Debug, Clone)]
pub struct Step {
    pub layer: Layer,
    /// File name without its ending, which is the name of the relation.
    pub name: String,
    pub file: String,
    pub text: String,
    pub header: Header,
    /// Relations and lists it reads, from its own text.
    pub reads: Vec<String>,
}

impl Step {
    /// `V10` of `V10_commodity_code_unknown`; nothing for a relation that is no rule.
    pub fn code(&self) -> Option<&str> {
        let code = self.name.split('_').next()?;
        let mut letters = code.chars();
        let is_code =
            letters.next().is_some_and(|c| c.is_ascii_uppercase()) && letters.next().is_some_and(|c| c.is_ascii_digit());
        is_code.then_some(code)
    }

    /// Whether it judges: `validate` also has relations that rules need.
    pub fn is_rule(&self) -> bool {
        self.layer == Layer::Validate && self.code().is_some()
    }

    /// Whether it needs more than one item at a time, and so runs on its own.
    pub fn is_set_rule(&self) -> bool {
        self.header.get("class") == Some("set")
    }

    /// Whether later months can look back on its rows: it is stored by month.
    pub fn has_history(&self) -> bool {
        matches!(self.layer, Layer::Compile | Layer::Validate) && !self.is_rule() && !self.is_view()
    }

    /// Whether it is computed where it is read, and not stored.
    pub fn is_view(&self) -> bool {
        self.header.get("view") == Some("yes")
    }

    /// Whether a table is too long to be read, and published as data files only.
    pub fn is_data_only(&self) -> bool {
        self.header.get("page") == Some("no")
    }

    /// Columns that make a row unique; none for rules and audits.
    pub fn grain(&self) -> Vec<String> {
        self.header.list("grain")
    }

    fn wrong(&self, problem: String, hint: String) -> Error {
        Error::Inconsistent { file: self.file.clone(), line: None, problem, hint }
    }
}

/// SQL files and lists, read and put in order: what makes the figures.
#[derive(Debug, Clone)]
pub struct Method {
    /// Every SQL file by the name of its relation.
    pub steps: BTreeMap<String, Step>,
    pub lists: BTreeMap<String, List>,
    /// SHA-256 of every file, by its path.
    pub digests: BTreeMap<String, String>,
    /// One digest of them all: which method made a figure.
    pub digest: String,
    files: BTreeMap<String, Arc<[u8]>>,
    order: Vec<String>,
    schemas: BTreeMap<String, SchemaRef>,
}

impl Method {
    /// Reads the method from `folder`, or from the program itself; `imported` holds the lists
    /// of this office. Nothing is planned yet: see [`Method::check`].
    pub fn read(folder: Option<&Path>, imported: Option<&Path>) -> Result<Self> {
        let mut files: BTreeMap<String, Arc<[u8]>> = match folder {
            None => FILES.iter().map(|(name, bytes)| (name.to_string(), Arc::from(*bytes))).collect(),
            Some(folder) => read_rooms(folder)?,
        };
        if let Some(imported) = imported.filter(|folder| folder.is_dir()) {
            for (name, bytes) in read_folder(imported, imported)? {
                files.insert(format!("reference/{name}"), bytes);
            }
        }
        let digests: BTreeMap<String, String> =
            files.iter().map(|(name, bytes)| (name.clone(), hex(&Sha256::digest(bytes)))).collect();
        let mut whole = Sha256::new();
        for (name, digest) in &digests {
            whole.update(format!("{digest}  {name}\n"));
        }
        let lists = lists::read_package(|path| files.get(&format!("reference/{path}")).cloned())?;
        let mut method = Method {
            steps: BTreeMap::new(),
            lists,
            digests,
            digest: hex(&whole.finalize()),
            files,
            order: Vec::new(),
            schemas: BTreeMap::new(),
        };
        method.read_steps()?;
        Ok(method)
    }

    fn read_steps(&mut self) -> Result<()> {
        for (file, bytes) in &self.files {
            let Some(rest) = file.strip_prefix("sql/").and_then(|rest| rest.strip_suffix(".sql")) else { continue };
            let wrong = |problem: &str| Error::Inconsistent {
                file: file.clone(),
                line: None,
                problem: problem.into(),
                hint: "SQL files lie in one of the folders of sql/README.md".into(),
            };
            let (folder, name) = rest.split_once('/').ok_or_else(|| wrong("lies in no room of `sql/`"))?;
            let layer = Layer::ALL.into_iter().find(|l| l.folder() == folder);
            let layer = layer.ok_or_else(|| wrong("lies in no room of `sql/`"))?;
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| wrong("is not UTF-8"))?;
            let header = Header::parse(layer, file, &text)?;
            let step = Step { layer, name: name.into(), file: file.clone(), reads: reads(file, &text)?, text, header };
            // SQL reads names in lower case, so that is how relations are found.
            let key = name.to_lowercase();
            if self.lists.contains_key(&key) || base::schema(&key).is_some() {
                return Err(step.wrong(format!("`{name}` is already a list or a stored relation"), String::new()));
            }
            if let Some(other) = self.steps.insert(key, step) {
                return Err(wrong(&format!("makes the same relation as `{}`", other.file)));
            }
        }
        self.order = self.work_out_order()?;
        Ok(())
    }

    /// Steps so that each stands after all it reads.
    fn work_out_order(&self) -> Result<Vec<String>> {
        let mut order = Vec::new();
        let mut state: BTreeMap<&str, bool> = BTreeMap::new();
        for name in self.steps.keys() {
            self.visit(name, &mut state, &mut order)?;
        }
        Ok(order)
    }

    fn visit<'a>(&'a self, name: &'a str, state: &mut BTreeMap<&'a str, bool>, order: &mut Vec<String>) -> Result<()> {
        let step = &self.steps[name];
        match state.get(name) {
            Some(true) => return Ok(()),
            Some(false) => return Err(step.wrong(format!("`{name}` reads itself through other steps"), String::new())),
            None => {}
        }
        state.insert(name, false);
        for read in &step.reads {
            let made = base::of_history(read).unwrap_or(read);
            if let Some((key, other)) = self.steps.get_key_value(made) {
                if made != read && !other.has_history() {
                    let problem = format!("reads `{read}`, but `{made}` is no stored step of `sql/compile` or `sql/validate`");
                    return Err(step.wrong(problem, "only what is stored has a history".into()));
                }
                if !base::may_read(step.layer, other.layer) {
                    let problem = format!("reads `{read}` of `sql/{}`, a later room", other.layer.folder());
                    return Err(step.wrong(problem, "a room reads only rooms before it".into()));
                }
                self.visit(key, state, order)?;
            } else if base::schema(read).is_some() {
                if !base::may_read_stored(step.layer, read) {
                    let problem = format!("reads `{read}`, which `sql/{}` may not see", step.layer.folder());
                    return Err(step.wrong(problem, "see the rules of the rooms in sql/README.md".into()));
                }
            } else if !self.lists.contains_key(read) {
                let names = self.steps.keys().chain(self.lists.keys()).map(String::as_str).chain(base::NAMES.iter().copied());
                let hint = nearest(read, names).map(|near| format!("a relation with a similar name exists: `{near}`"));
                let problem = format!("reads `{read}`, which no SQL file or code list defines");
                return Err(step.wrong(problem, hint.unwrap_or_default()));
            }
        }
        state.insert(name, true);
        order.push(name.into());
        Ok(())
    }

    /// Leaves the wanted steps and what stands behind them: a command need not plan the others.
    pub fn narrow(&mut self, wanted: impl Fn(&Method, &Step) -> bool) {
        let mut kept = BTreeSet::new();
        let mut open: Vec<String> =
            self.steps.iter().filter(|(_, step)| wanted(self, step)).map(|(name, _)| name.clone()).collect();
        while let Some(name) = open.pop() {
            let step = self.steps.get(&name).filter(|_| !kept.contains(&name));
            if let Some(step) = step {
                open.extend(step.reads.iter().map(|read| base::of_history(read).unwrap_or(read).to_string()));
                kept.insert(name);
            }
        }
        self.steps.retain(|name, _| kept.contains(name));
        self.order.retain(|name| kept.contains(name));
    }

    /// Plans every file against the schemas of what it reads and checks every list, so that a
    /// wrong name, type, key or list stops the run before data are read.
    pub async fn check(&mut self, ctx: &SessionContext) -> Result<()> {
        // Rows of lists and plans of steps do not touch each other: they are checked side by side.
        let lists = self.lists.clone();
        let lists = SpawnedTask::spawn_blocking(move || {
            lists.values().try_for_each(|list| list.batch().and_then(|_| list.check(&lists)))
        });
        let planned = match self.check_parameters() {
            Ok(()) => self.plan_all(ctx).await,
            wrong => wrong,
        };
        lists.join().await.map_err(|e| Error::engine("checking the lists")(DataFusionError::ExecutionJoin(Box::new(e))))??;
        planned
    }

    async fn plan_all(&mut self, ctx: &SessionContext) -> Result<()> {
        for list in self.lists.values() {
            self.schemas.insert(list.name.clone(), list.schema.clone());
        }
        for name in base::NAMES {
            self.schemas.insert(name.to_string(), base::schema(name).expect("the names are its own"));
        }
        for (name, schema) in &self.schemas {
            register(ctx, name, empty(schema)?)?;
        }
        for name in self.order.clone() {
            let step = &self.steps[&name];
            let plan = self.plan_text(ctx, step).await?;
            let schema: SchemaRef = Arc::new(Schema::new(plan.schema().as_arrow().fields().clone()));
            for column in step.grain() {
                if schema.index_of(&column).is_err() {
                    return Err(step.wrong(format!("grain column `{column}` is not in the result"), String::new()));
                }
            }
            register(ctx, &name, empty(&schema)?)?;
            let has_history = step.has_history();
            self.schemas.insert(name.clone(), schema.clone());
            if has_history {
                register(ctx, &base::history(&name), empty(&schema)?)?;
                self.schemas.insert(base::history(&name), schema);
            }
        }
        self.rules(ctx, &Vec::new()).await?;
        for name in self.schemas.keys() {
            ctx.deregister_table(name.as_str()).map_err(Error::engine("checking the method"))?;
        }
        Ok(())
    }

    /// Columns of a relation, list or step, once the method is checked.
    pub fn schema(&self, name: &str) -> Option<SchemaRef> {
        self.schemas.get(&name.to_lowercase()).cloned()
    }

    /// Digest of names and types of the columns of every relation that a run of the declarations stores.
    pub fn stored_columns(&self) -> BTreeMap<String, String> {
        let stored =
            [Layer::Compile, Layer::Protect].into_iter().flat_map(|layer| self.in_order(layer)).filter(|step| !step.is_view());
        let digest = |schema: SchemaRef| {
            let columns: Vec<String> =
                schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
            blake3::hash(columns.join("\n").as_bytes()).to_hex()[..16].to_owned()
        };
        stored.filter_map(|step| Some((step.name.clone(), digest(self.schema(&step.name)?)))).collect()
    }

    /// Steps of a room in the order in which they can run.
    pub fn in_order(&self, layer: Layer) -> impl Iterator<Item = &Step> {
        self.order.iter().map(|name| &self.steps[name]).filter(move |step| step.layer == layer)
    }

    /// Every step, each after all it reads.
    pub fn all_in_order(&self) -> impl Iterator<Item = &Step> {
        self.order.iter().map(|name| &self.steps[name])
    }

    /// The step of this name in letters of any size; an error where no file makes it.
    pub fn step(&self, name: &str) -> Result<&Step> {
        self.steps.get(&name.to_lowercase()).ok_or_else(|| Error::Inconsistent {
            file: "sql".into(),
            line: None,
            problem: format!("no file makes the relation `{name}`"),
            hint: String::new(),
        })
    }

    /// Audits that look at partner figures: they run with the comparison, and not before a publication.
    pub fn is_mirror_audit(&self, step: &Step) -> bool {
        let is_mirrors = |name: &String| {
            partner::NAMES.contains(&name.as_str()) || self.steps.get(name).is_some_and(|read| read.layer == Layer::Mirror)
        };
        step.layer == Layer::Audit && step.reads.iter().any(is_mirrors)
    }

    /// Whether a table is about partners' figures, by what it reads: it is made where the comparison
    /// stands, and not from the declarations alone.
    pub fn is_mirror_table(&self, step: &Step) -> bool {
        let is_mirrors = |name: &String| {
            self.steps
                .get(name)
                .is_some_and(|read| read.layer == Layer::Mirror || (read.layer == Layer::Tables && self.is_mirror_table(read)))
        };
        step.layer == Layer::Tables && step.reads.iter().any(is_mirrors)
    }

    /// Bytes of a file of the method: `reference/forms/sad_csv.toml`.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(|bytes| &**bytes)
    }

    /// Paths of all files, as `file` takes them, in alphabetical order.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    async fn plan_text(&self, ctx: &SessionContext, step: &Step) -> Result<LogicalPlan> {
        let plan = ctx.state().create_logical_plan(&step.text).await;
        plan.map_err(|e| step.wrong(format!("does not plan: {}", e.strip_backtrace()), String::new()))
    }

    /// The step as a data frame over what is registered in the session.
    pub async fn frame(&self, ctx: &SessionContext, step: &Step, parameters: &Parameters) -> Result<DataFrame> {
        let plan = self.plan_text(ctx, step).await?;
        let values: Vec<(&str, ScalarValue)> = parameters.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
        let wrong = |e: datafusion::error::DataFusionError| {
            step.wrong(format!("cannot bind its parameters: {}", e.strip_backtrace()), String::new())
        };
        let bound = plan.with_param_values(values).map_err(wrong)?;
        let folded = fold::fold(ctx, bound).await.map_err(wrong)?;
        Ok(DataFrame::new(ctx.state(), folded))
    }

    /// Registers a view. One over lists alone is worked out here, once: many steps look things up
    /// in it, and a plan that held it again for each of them would grow beyond use.
    pub async fn register_view(&self, ctx: &SessionContext, step: &Step, parameters: &Parameters) -> Result<()> {
        let frame = self.frame(ctx, step, parameters).await?;
        if !self.is_of_lists(step) {
            return register(ctx, &step.name, frame.into_view());
        }
        let doing = || Error::engine(format!("running `{}`", step.file));
        let planned: SchemaRef = frame.schema().inner().clone();
        let rows = frame.collect().await.map_err(doing())?;
        let schema = rows.first().map_or(planned, |batch| batch.schema());
        register(ctx, &step.name, Arc::new(MemTable::try_new(schema, vec![rows]).map_err(doing())?))
    }

    /// Whether a step reads lists, or views over lists, and nothing else.
    fn is_of_lists(&self, step: &Step) -> bool {
        let is_list = |name: &String| match self.steps.get(name.as_str()) {
            Some(other) => other.is_view() && self.is_of_lists(other),
            None => self.lists.contains_key(name.as_str()),
        };
        step.reads.iter().all(is_list)
    }

    /// Registers the lists that the given steps read, and the lists their views read.
    pub fn register_lists<'a>(&self, ctx: &SessionContext, steps: impl Iterator<Item = &'a Step>) -> Result<()> {
        let wanted: BTreeSet<&str> = steps.flat_map(|step| step.reads.iter().map(String::as_str)).collect();
        for name in wanted {
            self.register_list(ctx, name)?;
        }
        Ok(())
    }

    /// Puts a list under its name; leaves what stands there, and a name that is no list.
    pub fn register_list(&self, ctx: &SessionContext, name: &str) -> Result<()> {
        let Some(list) = self.lists.get(name) else { return Ok(()) };
        if ctx.table_exist(name).unwrap_or(false) {
            return Ok(());
        }
        let batch = list.batch()?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(Error::engine("reading a list"))?;
        register(ctx, name, Arc::new(table))
    }
}

/// Puts a relation under its name, in place of what stood there.
pub fn register(ctx: &SessionContext, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
    let doing = || Error::engine(format!("registering `{name}`"));
    // Names of tables and rules have capitals: a bare reference keeps them.
    let reference = || datafusion::common::TableReference::bare(name.to_lowercase());
    ctx.deregister_table(reference()).map_err(doing())?;
    ctx.register_table(reference(), table).map_err(doing())?;
    Ok(())
}

/// A relation without rows.
pub fn empty(schema: &SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let table = MemTable::try_new(schema.clone(), vec![vec![]]).map_err(Error::engine("making an empty relation"))?;
    Ok(Arc::new(table))
}

/// Relations a text reads, by DataFusion's own parser; names in lower case as SQL has them.
fn reads(file: &str, text: &str) -> Result<Vec<String>> {
    let wrong = |problem: String| Error::Inconsistent {
        file: file.into(),
        line: None,
        problem,
        hint: "a file holds one statement, a `select`".into(),
    };
    let mut statements =
        datafusion::sql::parser::DFParser::parse_sql(text).map_err(|e| wrong(format!("is not SQL: {}", e.strip_backtrace())))?;
    if statements.len() != 1 {
        return Err(wrong(format!("holds {} statements", statements.len())));
    }
    let statement = statements.pop_back().expect("there is one");
    let is_select = matches!(&statement, datafusion::sql::parser::Statement::Statement(inner)
        if matches!(**inner, datafusion::sql::sqlparser::ast::Statement::Query(_)));
    if !is_select {
        return Err(wrong("is not a `select`".into()));
    }
    let (tables, _) = resolve_table_references(&statement, true).map_err(|e| wrong(e.to_string()))?;
    Ok(tables.into_iter().map(|table| table.table().to_string()).collect())
}

/// What the program embeds, from the disk: a folder may hold other things beside the method,
/// and they are none of a figure's history.
fn read_rooms(folder: &Path) -> Result<BTreeMap<String, Arc<[u8]>>> {
    let mut files = BTreeMap::new();
    for room in ["sql", "reference"] {
        files.extend(read_folder(folder, &folder.join(room))?);
    }
    let is_method = |name: &str| Path::new(name).extension().is_some_and(|end| ENDINGS.iter().any(|known| end == *known));
    files.retain(|name, _| is_method(name));
    Ok(files)
}

fn read_folder(root: &Path, folder: &Path) -> Result<BTreeMap<String, Arc<[u8]>>> {
    let unreadable = |path: &Path| {
        let path: PathBuf = path.to_path_buf();
        move |source| Error::ReadSource { path, source }
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.is_dir() {
            files.extend(read_folder(root, &path)?);
        } else {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            files.insert(name, std::fs::read(&path).map_err(unreadable(&path))?.into());
        }
    }
    Ok(files)
}

/// Two small letters or digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
