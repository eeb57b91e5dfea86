//! Names that customs offices and agents give the columns of a declaration.
//!
//! A name found here is a guess and is said to be one. Names are compared by their letters and digits
//! alone, whatever their case; units in brackets or behind a comma are left out. The numbers are those of the boxes of the
//! Single Administrative Document, as its national editions count them.

use crate::form::loose;

/// Fields, and names seen for them: English first, then other languages.
#[rustfmt::skip] // a line a word would bury the fields
const NAMES: [(&str, &[&str]); 34] = [
    ("declaration_id", &[
        "declaration", "declaration no", "declaration nr", "declaration number", "dec no", "entry no", "entry number", "sad no", "sad number",
        "mrn", "lrn", "gtd", "customs declaration number", "registration number", "номер декларации", "номер гтд", "номер дт", "рег номер",
        "регистрационный номер", "bəyannamə", "bəyannamə nömrəsi", "beyanname no", "déclaration", "numéro de déclaration", "declaracion",
        "numero de declaracion", "nr deklaracji", "numer deklaracji",
    ]),
    ("item_no", &[
        "item", "item no", "item nr", "item number", "line", "line no", "line number", "goods item number", "номер товара", "товар номер",
        "порядковый номер", "malın nömrəsi", "kalem no", "article", "numéro d'article", "numero de item", "nr pozycji",
    ]),
    ("version", &["version", "revision", "amendment no", "версия", "versiya"]),
    ("status", &["status", "статус"]),
    ("declaration_type", &["declaration type", "type of declaration", "regime", "type", "тип декларации", "направление перемещения", "bəyannamənin növü", "rejim türü"]),
    ("procedure_code", &[
        "cpc", "procedure", "procedure code", "customs procedure", "customs procedure code", "extended procedure", "extended customs procedure",
        "процедура", "код процедуры", "таможенная процедура", "таможенный режим", "prosedur", "gömrük proseduru", "gümrük rejimi", "rejim", "régime",
        "regimen", "procedura",
    ]),
    ("additional_procedure", &["additional procedure", "additional procedure code", "national procedure", "national customs procedure", "особенность перемещения"]),
    ("acceptance_date", &[
        "date", "acceptance date", "declaration date", "registration date", "date of acceptance", "date of registration", "reg date", "entry date",
        "дата", "дата регистрации", "дата декларации", "дата принятия", "tarix", "qeydiyyat tarixi", "tescil tarihi", "date d'enregistrement", "fecha",
        "data",
    ]),
    ("release_date", &["release date", "date of release", "clearance date", "дата выпуска", "buraxılış tarixi"]),
    ("customs_office", &[
        "office", "office code", "customs office", "customs office code", "clearance office", "таможня", "таможенный орган", "код таможни", "таможенный пост",
        "gömrük orqanı", "gömrük idarəsi", "gümrük idaresi", "bureau", "aduana", "urząd",
    ]),
    ("trader_id", &[
        "importer id", "importer tin", "importer code", "trader", "trader id", "trader tin", "tin", "taxpayer id", "consignee id", "consignee code",
        "eori", "инн", "инн участника вэд", "инн получателя", "voen", "vöen", "vergi no",
    ]),
    ("declarant_id", &["declarant", "declarant id", "declarant code", "declarant tin", "agent id", "agent tin", "agent code", "broker", "broker id", "инн декларанта", "декларант", "bəyannaməçi"]),
    ("consignment_country", &[
        "country of consignment", "consignment country", "country of dispatch", "country of export", "export country", "exporting country",
        "dispatch country", "страна отправления", "страна экспорта", "göndərən ölkə", "göndərmə ölkəsi", "çıkış ülkesi", "pays de provenance",
        "pais de procedencia", "kraj wysyłki",
    ]),
    ("origin_country", &[
        "origin", "country of origin", "origin country", "coo", "страна происхождения", "mənşə ölkəsi", "menşe ülke", "menşe ülkesi",
        "pays d'origine", "pais de origen", "kraj pochodzenia", "ursprungsland",
    ]),
    ("destination_country", &[
        "country of destination", "destination", "destination country", "страна назначения", "təyinat ölkəsi", "gideceği ülke", "pays de destination",
        "pais de destino", "kraj przeznaczenia", "bestimmungsland",
    ]),
    ("trading_country", &["trading country", "country of trade", "торгующая страна", "ticarət ölkəsi"]),
    ("delivery_terms", &["incoterm", "incoterms", "terms of delivery", "delivery terms", "delivery term", "условия поставки", "çatdırılma şərti", "teslim şekli"]),
    ("invoice_currency", &["currency", "currency code", "invoice currency", "код валюты", "валюта", "валюта договора", "valyuta", "döviz", "devise", "moneda", "waluta"]),
    ("exchange_rate", &["exchange rate", "rate of exchange", "rate", "курс", "курс валюты", "məzənnə", "kur", "taux de change", "tipo de cambio"]),
    ("transaction_nature", &["nature of transaction", "nature of the transaction", "transaction nature", "характер сделки", "sazişin xarakteri"]),
    ("border_transport_mode", &[
        "mode of transport", "transport mode", "mode of transport at the border", "mode at border", "вид транспорта", "вид транспорта на границе",
        "nəqliyyatın növü", "sərhəddə nəqliyyatın növü", "taşıma şekli", "mode de transport",
    ]),
    ("inland_transport_mode", &["inland mode of transport", "inland transport mode", "вид транспорта внутри страны"]),
    ("container", &["container", "container flag", "containerised", "контейнер", "konteyner"]),
    ("commodity_code", &[
        "commodity", "commodity code", "hs", "hs code", "hs10", "hs8", "hs6", "cn code", "cn8", "tariff", "tariff code", "tariff no", "taric",
        "harmonized code", "hts", "ncm", "ncm code", "tnved", "код тн вэд", "тн вэд", "код товара", "xif mn", "xif mn kodu", "malın kodu", "gtip",
        "code sh", "position tarifaire", "partida arancelaria", "kod cn", "kod towaru", "warennummer",
    ]),
    ("goods_description", &[
        "description", "description of goods", "goods description", "commercial description", "goods", "описание товара", "наименование товара", "товар",
        "malın adı", "malın təsviri", "eşya tanımı", "désignation", "descripcion",
    ]),
    ("gross_mass_kg", &[
        "gross mass", "gross weight", "gross", "weight gross", "вес брутто", "брутто", "брутто вес", "brutto", "brutto çəki", "brutto kütlə", "brüt ağırlık",
        "poids brut", "peso bruto", "masa brutto", "rohmasse",
    ]),
    ("net_mass_kg", &[
        "net mass", "net weight", "net", "weight net", "вес нетто", "нетто", "нетто вес", "netto", "netto çəki", "netto kütlə", "net ağırlık",
        "poids net", "peso neto", "peso liquido", "masa netto", "eigenmasse",
    ]),
    ("supplementary_unit", &["unit", "unit code", "unit of measure", "uom", "supplementary unit code", "единица измерения", "ед изм", "дей", "ölçü vahidi", "ölçü birimi"]),
    ("supplementary_quantity", &["quantity", "qty", "supplementary quantity", "supplementary units", "количество", "кол во", "miqdar", "miktar", "quantité", "cantidad"]),
    ("invoice_amount", &[
        "invoice amount", "invoice value", "item price", "item value", "invoice price", "фактурная стоимость", "цена товара", "faktura dəyəri",
        "fatura bedeli", "valeur facture", "valor factura",
    ]),
    ("freight_cost", &["freight", "freight cost", "freight amount", "external freight", "транспортные расходы", "фрахт", "navlun", "fret", "flete"]),
    ("insurance_cost", &["insurance", "insurance cost", "insurance amount", "страхование", "sığorta", "sigorta", "assurance", "seguro"]),
    ("statistical_value", &[
        "statistical value", "stat value", "fob value usd", "value usd", "статистическая стоимость", "стат стоимость", "statistik dəyər", "istatistiki kıymet",
        "valeur statistique", "valor estadistico", "wartość statystyczna", "statistischer wert",
    ]),
    ("customs_value", &["customs value", "cif value", "value for duty", "assessed value", "таможенная стоимость", "gömrük dəyəri", "gümrük kıymeti", "valeur en douane", "valor aduana"]),
];

/// Boxes of the document, where one box is one field.
const BOXES: [(&str, &str); 22] = [
    ("1", "declaration_type"),
    ("11", "trading_country"),
    ("14", "declarant_id"),
    ("15", "consignment_country"),
    ("15a", "consignment_country"),
    ("17", "destination_country"),
    ("17a", "destination_country"),
    ("19", "container"),
    ("20", "delivery_terms"),
    ("23", "exchange_rate"),
    ("24", "transaction_nature"),
    ("25", "border_transport_mode"),
    ("26", "inland_transport_mode"),
    ("31", "goods_description"),
    ("32", "item_no"),
    ("33", "commodity_code"),
    ("34", "origin_country"),
    ("35", "gross_mass_kg"),
    ("37", "procedure_code"),
    ("38", "net_mass_kg"),
    ("42", "invoice_amount"),
    ("46", "statistical_value"),
];

/// What stands before the number of a box.
const BOX_WORDS: [&str; 9] = ["box", "b", "g", "gr", "графа", "гр", "qrafa", "case", "casilla"];

/// The field that a column of this name may well hold.
pub(super) fn field(column: &str) -> Option<&'static str> {
    let bare = column.split(['(', '[', ',']).next().unwrap_or_default();
    let name: String = loose(bare).collect();
    if name.is_empty() {
        return None;
    }
    let is_meant = |known: &str| loose(known).eq(name.chars());
    let named = NAMES.iter().find(|(_, names)| names.iter().any(|known| is_meant(known))).map(|(field, _)| *field);
    named.or_else(|| {
        let number = BOX_WORDS
            .iter()
            .find_map(|word| name.strip_prefix(word))
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))?;
        BOXES.iter().find(|(known, _)| *known == number).map(|(_, field)| *field)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::targets;
    use crate::schema::Record;

    #[test]
    fn names_of_many_offices_are_known() {
        assert_eq!(field("HS Code"), Some("commodity_code"));
        assert_eq!(field("Net Weight (Kg)"), Some("net_mass_kg"));
        assert_eq!(field("Код ТН ВЭД"), Some("commodity_code"));
        assert_eq!(field("Вес нетто, кг"), Some("net_mass_kg"));
        assert_eq!(field("VÖEN"), Some("trader_id"));
        assert_eq!(field("Box 37"), Some("procedure_code"));
        assert_eq!(field("G_15a"), Some("consignment_country"));
        assert_eq!(field("Графа 38"), Some("net_mass_kg"));
        for unknown in ["", "(kg)", "G", "G99", "Importer name", "37", "remarks"] {
            assert_eq!(field(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn every_name_is_of_one_field_that_there_is() {
        let fields = targets(Record::Item);
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (field, names) in NAMES {
            assert!(fields.iter().any(|target| target.name == field), "{field}");
            for name in names {
                let name: String = loose(name).collect();
                assert!(seen.iter().all(|(other, _)| *other != name), "{name} of {field}");
                seen.push((name, field));
            }
        }
        for (_, field) in BOXES {
            assert!(fields.iter().any(|target| target.name == field), "{field}");
        }
    }
}
