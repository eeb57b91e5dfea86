//! One definition, from the one place where it stands.

use std::path::Path;

use tradestat_core::fault::FaultCode;
use tradestat_core::schema::Record;

use crate::config::Workspace;
use crate::error::{Error, Result, nearest};
use crate::method::{Method, Step};
use crate::store::Store;
use crate::store::manifest::RuleCount;

pub async fn show(folder: Option<&Path>, workspace: Option<&Workspace>, name: &str) -> Result<()> {
    let method = Method::read(folder, workspace.map(|w| w.imported.as_path()))?;
    let mut found = false;
    for record in Record::ALL {
        if record.name() == name {
            println!("relation {name}\n");
            for field in record.fields() {
                println!("  {:<26} {:<16} {}", field.name, field.kind.title(), field.title);
            }
            found = true;
        }
        if let Some(field) = record.field(name) {
            println!("field {name} of {}: {}", record.name(), field.title);
            println!("  type     {}{}", field.kind.title(), if field.required { ", required" } else { "" });
            for (what, text) in [("unit", field.unit), ("list", field.code_list), ("SAD box", field.source_box)] {
                if let Some(text) = text {
                    println!("  {what:<8} {text}");
                }
            }
            println!("  example  {}\n", field.example);
            found = true;
        }
    }
    if let Some(fault) = FaultCode::from_code(name) {
        println!("fault {}: {}", fault.code(), fault.title());
        found = true;
    }
    if let Some(text) = method.file(&format!("reference/forms/{name}.toml")) {
        println!("form {name} (reference/forms/{name}.toml)\n\n{}", String::from_utf8_lossy(text));
        found = true;
    }
    if let Some(list) = method.lists.get(name) {
        let rows = list.records()?.len();
        println!("list {name}: {} ({rows} rows{})", list.title, if list.is_unverified { ", unverified" } else { "" });
        println!("  source   {}", list.sources.join("; "));
        println!("  key      {}", list.key.join(", "));
        for field in list.schema.fields() {
            println!("  {:<26} {}", field.name(), field.metadata().get("title").map_or("", String::as_str));
        }
        found = true;
    }
    let is_asked = |step: &&Step| step.name.eq_ignore_ascii_case(name) || step.code() == Some(name);
    for step in method.steps.values().filter(is_asked) {
        print_step(step);
        if let (true, Some(workspace)) = (step.is_rule(), workspace) {
            print_counts(workspace, step.code().expect("rules have codes")).await?;
        }
        found = true;
    }
    if found {
        return Ok(());
    }
    let fields = Record::ALL.into_iter().flat_map(|record| record.fields().iter().map(|f| f.name));
    let known = method.steps.values().flat_map(|s| [Some(s.name.as_str()), s.code()]).flatten().chain(method.lists.keys().map(String::as_str)).chain(fields);
    let hint = nearest(name, known).map(|near| format!("a similar name exists: `{near}`"));
    Err(Error::Usage {
        problem: format!("nothing is called `{name}`"),
        hint: hint.unwrap_or_else(|| "ask for a field, form, fault, rule, step, list or table".into()),
    })
}

fn print_step(step: &Step) {
    println!("{} ({})\n", step.header.title, step.file);
    if !step.header.prose.is_empty() {
        println!("{}\n", step.header.prose);
    }
    for (key, value) in step.header.keys() {
        println!("  {key:<9} {value}");
    }
    if !step.reads.is_empty() {
        println!("  {:<9} {}", "reads", step.reads.join(", "));
    }
    let body: Vec<&str> = step.text.lines().skip_while(|line| line.starts_with("--")).collect();
    println!("{}", body.join("\n"));
}

/// What the rule did in the newest validation of this working folder.
async fn print_counts(workspace: &Workspace, code: &str) -> Result<()> {
    let Ok(store) = Store::open(&workspace.store, None).await else { return Ok(()) };
    let runs = store.runs().await?;
    let newest = runs.iter().rev().find_map(|run| Some((run, run.rules.iter().find(|rule| rule.code == code)?)));
    if let Some((run, RuleCount { judged, undecided, violating, idle, .. })) = newest {
        println!("\nrun {} of {}: judged {judged}, could not judge {undecided}, objected to {violating}", run.id, run.period);
        if let Some(idle) = idle {
            println!("{idle}");
        }
    }
    Ok(())
}
