//! Companies and people's names in several scripts. Names are `native` or `native|ascii`, the latter for addresses.

use super::directory::City;

/// A company that the first clients bear.
#[derive(Debug)]
pub struct Company {
    pub name: &'static str,
    /// Without `.example`.
    pub domain: &'static str,
    pub locale: &'static Locale,
}

/// What a place lends to the tenants that live there.
#[derive(Debug)]
pub struct Locale {
    pub city: City,
    /// Given names, separated by spaces.
    given: &'static str,
    family: &'static str,
    /// The family name goes first.
    family_first: bool,
    /// Trades, for the names of companies beyond the first ones: `{family} {trade}`.
    trades: &'static [&'static str],
}

/// A person's name in their own script and as it appears in addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub display: String,
    /// `given.family` in lower-case ASCII.
    pub address: String,
    /// Family name in ASCII.
    pub family: String,
}

impl Locale {
    /// The `n`th name; the first (given × family) ones are all different.
    pub fn name(&self, n: usize) -> Name {
        let given: Vec<_> = self.given.split_whitespace().collect();
        let family: Vec<_> = self.family.split_whitespace().collect();
        // Walks the diagonal, so that neighbours share neither name.
        let (g, f) = (n % given.len(), (n % given.len() + n / given.len()) % family.len());
        let ((given, given_ascii), (family, family_ascii)) = (scripts(given[g]), scripts(family[f]));
        let display = match (self.family_first, given.is_ascii()) {
            (true, true) => format!("{family} {given}"),
            (true, false) => format!("{family}{}{given}", if is_spaced(family) { " " } else { "" }),
            (false, _) => format!("{given} {family}"),
        };
        Name { display, address: format!("{given_ascii}.{family_ascii}"), family: family_ascii }
    }

    pub fn trade(&self, n: usize) -> &'static str {
        self.trades[n % self.trades.len()]
    }

    /// The `n`th family name in its own script.
    pub fn family(&self, n: usize) -> &'static str {
        let family: Vec<_> = self.family.split_whitespace().collect();
        let name = family[n % family.len()];
        name.split_once('|').map_or(name, |(native, _)| native)
    }
}

fn scripts(name: &'static str) -> (&'static str, String) {
    let (native, ascii) = name.split_once('|').unwrap_or((name, name));
    (native, ascii.to_lowercase())
}

/// Chinese and Japanese names are written without a space.
fn is_spaced(name: &str) -> bool {
    !name.chars().all(|c| ('\u{3040}'..='\u{9fff}').contains(&c))
}

const fn city(name: &'static str, state: &'static str, country: &'static str, latitude: f64, longitude: f64) -> City {
    City { name, state, country, latitude, longitude }
}

pub static ENGLISH: Locale = Locale {
    city: city("Leeds", "England", "GB", 53.8, -1.55),
    given: "Alice Oliver Priya Daniel Grace Samuel Chloe Marcus Hannah Isaac Bethany Rory Amara Theo Lucy Desmond Ivy",
    family: "Hargreaves Patel Whitfield Okafor Sutton Brennan Marsh Ellison Clarke Adeyemi Thornton Fairclough Novak \
             Pemberton Walsh Ashworth Lim Barraclough Osei",
    family_first: false,
    trades: &["Veterinary", "Joinery", "Accountants", "Care Homes", "Freight", "Letting Agents", "Estates"],
};
pub static SPANISH: Locale = Locale {
    city: city("Madrid", "Madrid", "ES", 40.4, -3.7),
    given: "Inés|ines Álvaro|alvaro Lucía|lucia Íñigo|inigo Begoña|begona Mateo Nuria Joaquín|joaquin Carmen Hugo Pilar",
    family: "Ruiz Ibáñez|ibanez Núñez|nunez Castellanos Ortega Peñalver|penalver Vidal Sáenz|saenz Aranda Montes Gil \
             Urrutia Cordero",
    family_first: false,
    trades: &["Abogados", "Conservas", "e Hijos S.L.", "Logística", "Clínica Dental"],
};
pub static GERMAN: Locale = Locale {
    city: city("Mannheim", "Baden-Württemberg", "DE", 49.49, 8.47),
    given: "Jürgen|juergen Anneliese Matthias Käthe|kaethe Sönke|soenke Ulrike Ferdinand Brigitte Lennart Heike Emil",
    family: "Müller|mueller Groß|gross Schäfer|schaefer Vogelsang Kühn|kuehn Hohenstein Brandt Oelrich Pfisterer Roth \
             Weiß|weiss Zöllner|zoellner Lindemann",
    family_first: false,
    trades: &["Maschinenbau GmbH", "Steuerberatung", "Bäckerei", "Elektrotechnik KG", "Hausverwaltung"],
};
pub static FRENCH: Locale = Locale {
    city: city("Nantes", "Pays de la Loire", "FR", 47.22, -1.55),
    given: "Aurélie|aurelie François|francois Maëlle|maelle Éloïse|eloise Thibault Zoé|zoe Rémi|remi Noémie|noemie Luc",
    family: "Lefèvre|lefevre Aubépine|aubepine Garnier Béranger|beranger Rousseau Hébert|hebert Chevallier Moreau \
             Le-Goff Delacroix Pélissier|pelissier",
    family_first: false,
    trades: &["Notaires", "et Fils", "Menuiserie", "Cabinet Médical", "Vins"],
};
pub static NORDIC: Locale = Locale {
    city: city("Göteborg", "Västra Götalands län", "SE", 57.71, 11.97),
    given: "Åsa|asa Håkan|hakan Sigrid Bjørn|bjorn Maja Göran|goran Ingrid Søren|soren Linnéa|linnea Tor Freja",
    family: "Håkansson|hakansson Söderberg|soderberg Lindqvist Ødegård|odegard Nygaard Åkerblom|akerblom Dahl Ström|strom \
             Bergström|bergstrom Haugen Sjögren|sjogren Vik Holm",
    family_first: false,
    trades: &["Bygg AB", "Fiskeri AS", "Redovisning", "Tandvård", "Möbler"],
};
pub static SLAVIC: Locale = Locale {
    city: city("Łódź", "Łódzkie", "PL", 51.76, 19.46),
    given: "Zofia Wojciech Małgorzata|malgorzata Jiří|jiri Kateřina|katerina Paweł|pawel Agnieszka Ondřej|ondrej Michał|michal",
    family: "Wiśniewski|wisniewski Dvořák|dvorak Łukasik|lukasik Kowalczyk Procházka|prochazka Żak|zak Nowak Śliwa|sliwa \
             Černý|cerny Zieliński|zielinski Horák|horak",
    family_first: false,
    trades: &["s.r.o.", "Pivovar", "Spółdzielnia", "Transport Sp. z o.o."],
};
pub static JAPANESE: Locale = Locale {
    city: city("横浜", "神奈川県", "JP", 35.44, 139.64),
    given: "陽菜|hina 大翔|hiroto 美咲|misaki 蓮|ren 結衣|yui 健太|kenta さくら|sakura 翔太|shota 直美|naomi",
    family: "佐藤|sato 小野寺|onodera 高橋|takahashi 港|minato 長谷川|hasegawa 渡辺|watanabe 五十嵐|igarashi 山本|yamamoto \
             清水|shimizu 森|mori 藤原|fujiwara",
    family_first: true,
    trades: &["精機", "商事", "運輸", "歯科医院"],
};
pub static CHINESE: Locale = Locale {
    city: city("台北", "台北市", "TW", 25.03, 121.56),
    given: "怡君|yijun 志明|zhiming 雅婷|yating 俊傑|junjie 淑芬|shufen 建宏|jianhong 佳穎|jiaying 家豪|jiahao 美玲|meiling",
    family: "陳|chen 林|lin 黃|huang 歐陽|ouyang 張|zhang 王|wang 吳|wu 劉|liu 蔡|cai 楊|yang 司馬|sima",
    family_first: true,
    trades: &["物流", "建設", "貿易", "診所"],
};
pub static KOREAN: Locale = Locale {
    city: city("부산", "부산광역시", "KR", 35.18, 129.08),
    given: "지우|jiwoo 민준|minjun 서연|seoyeon 도윤|doyun 하은|haeun 현우|hyunwoo 수빈|subin 준서|junseo 예린|yerin",
    family: "김|kim 이|lee 박|park 남궁|namgung 최|choi 정|jung 강|kang 조|cho 윤|yoon 장|jang 황보|hwangbo",
    family_first: true,
    trades: &["해운", "전자", "건설", "의원"],
};
pub static ARABIC: Locale = Locale {
    city: city("دبي", "دبي", "AE", 25.2, 55.27),
    given: "فاطمة|fatima محمد|mohammed ليلى|layla عمر|omar نور|noor خالد|khalid مريم|maryam يوسف|yousef هدى|huda",
    family: "النخيل|alnakheel الهاشمي|alhashimi المنصوري|almansouri الحداد|alhaddad الشامسي|alshamsi العلي|alali \
             القحطاني|alqahtani البناء|albanna الفارسي|alfarsi السويدي|alsuwaidi الزعابي|alzaabi",
    family_first: false,
    trades: &["للتجارة", "للمقاولات", "للشحن"],
};
pub static HEBREW: Locale = Locale {
    city: city("חיפה", "חיפה", "IL", 32.79, 34.99),
    given: "נועה|noa דוד|david תמר|tamar איתי|itay שירה|shira אורי|uri מיכל|michal יונתן|yonatan רחל|rachel",
    family: "כהן|cohen לוי|levi מזרחי|mizrahi פרידמן|friedman אברהם|avraham ביטון|biton שפירא|shapira גולן|golan \
             רוזן|rosen עמר|amar דיין|dayan",
    family_first: false,
    trades: &["תעשיות", "עורכי דין", "מערכות"],
};
pub static GREEK: Locale = Locale {
    city: city("Θεσσαλονίκη", "Κεντρική Μακεδονία", "GR", 40.64, 22.94),
    given: "Ελένη|eleni Γιώργος|giorgos Δέσποινα|despina Νίκος|nikos Αικατερίνη|aikaterini Παναγιώτης|panagiotis Ζωή|zoi",
    family: "Παπαδόπουλος|papadopoulos Αγγελίδης|angelidis Καραγιάννης|karagiannis Οικονόμου|oikonomou \
             Βλάχος|vlachos Νικολάου|nikolaou Ξενάκης|xenakis Μακρής|makris Θεοδωρίδης|theodoridis",
    family_first: false,
    trades: &["ΑΕ", "Ναυτιλιακή", "Ελαιόλαδα"],
};
pub static RUSSIAN: Locale = Locale {
    city: city("Алматы", "Алматы", "KZ", 43.24, 76.89),
    given: "Анастасия|anastasia Дмитрий|dmitry Ольга|olga Сергей|sergey Екатерина|ekaterina Тимур|timur Алия|aliya",
    family: "Щербаков|shcherbakov Ким|kim Соколов|sokolov Ахметов|akhmetov Жуков|zhukov Юсупов|yusupov Крылов|krylov \
             Цой|tsoy Морозов|morozov",
    family_first: false,
    trades: &["и партнёры", "Логистика", "Строй"],
};
pub static TURKISH: Locale = Locale {
    city: city("İzmir", "İzmir", "TR", 38.42, 27.14),
    given: "Ayşe|ayse Çağlar|caglar Elif Oğuz|oguz Gülşen|gulsen Mehmet İpek|ipek Şahin|sahin Zeynep",
    family: "Kaya Yıldırım|yildirim Öztürk|ozturk Şimşek|simsek Demir Aydın|aydin Koç|koc Güneş|gunes Çelik|celik \
             Arslan Doğan|dogan",
    family_first: false,
    trades: &["Mühendislik A.Ş.", "Tekstil", "Gıda"],
};
pub static VIETNAMESE: Locale = Locale {
    city: city("Đà Nẵng", "Đà Nẵng", "VN", 16.05, 108.2),
    given: "Thuỳ|thuy Quốc|quoc Ngọc|ngoc Đức|duc Hạnh|hanh Tuấn|tuan Phương|phuong Long Mai",
    family: "Đặng|dang Nguyễn|nguyen Trần|tran Phạm|pham Hoàng|hoang Võ|vo Bùi|bui Đỗ|do Hồ|ho Lý|ly Dương|duong",
    family_first: true,
    trades: &["Furniture", "Thủy Sản", "Du Lịch"],
};

/// The locales in the order in which tenants beyond the first ones take them.
pub static LOCALES: [&Locale; 16] = [
    &ENGLISH,
    &GERMAN,
    &SPANISH,
    &JAPANESE,
    &NORDIC,
    &ARABIC,
    &FRENCH,
    &SLAVIC,
    &CHINESE,
    &GREEK,
    &ENGLISH,
    &RUSSIAN,
    &TURKISH,
    &KOREAN,
    &VIETNAMESE,
    &HEBREW,
];

const fn company(name: &'static str, domain: &'static str, locale: &'static Locale) -> Company {
    Company { name, domain, locale }
}

/// The partner.
pub static PARTNER: Company = company("Larkspur Managed IT", "larkspur-it", &ENGLISH);

/// The first clients.
pub static COMPANIES: [Company; 24] = [
    company("Brightwater Dental Group", "brightwaterdental", &ENGLISH),
    company("Håkansson & Söner Bygg AB", "hakanssonbygg", &NORDIC),
    company("株式会社みなと精機", "minatoseiki", &JAPANESE),
    company("Ruiz e Hijos Abogados", "ruizabogados", &SPANISH),
    company("Harbour Lights Veterinary", "harbourlightsvet", &ENGLISH),
    company("Notaires Lefèvre-Aubépine", "lefevre-aubepine", &FRENCH),
    company("Ember", "ember", &ENGLISH),
    company("مؤسسة النخيل للتجارة", "alnakheel", &ARABIC),
    company("Łódzka Spółdzielnia Mleczarska", "lodzkamleczarnia", &SLAVIC),
    company("Αφοί Παπαδόπουλοι ΑΕ", "papadopouloi", &GREEK),
    company(
        "Internationale Gesellschaft für Grundstücksverwaltung, Denkmalpflege und nachhaltige Quartiersentwicklung \
         Rhein-Main-Neckar mbH & Co. KG",
        "igdq-rheinmainneckar",
        &GERMAN,
    ),
    company("광안리해운 주식회사", "gwanganri-shipping", &KOREAN),
    company("St Oda's Primary Schools Trust", "stodas-schools", &ENGLISH),
    company("Kaya Mühendislik A.Ş.", "kayamuhendislik", &TURKISH),
    company("北辰物流有限公司", "beichen-logistics", &CHINESE),
    company("Van den Heuvel & Brandt Spedition", "vandenheuvel-brandt", &GERMAN),
    company("Đặng Gia Furniture", "danggia", &VIETNAMESE),
    company("ТОО «Северный ветер»", "severnyveter", &RUSSIAN),
    company("Nordfjord Fiskeri AS", "nordfjordfiskeri", &NORDIC),
    company("Šumava Pivovar s.r.o.", "sumavapivovar", &SLAVIC),
    company("Ó Dálaigh & Walsh Solicitors", "odalaighwalsh", &ENGLISH),
    company("Conservas Peñalver", "conservaspenalver", &SPANISH),
    company("עמק יזרעאל תעשיות", "emek-yizrael", &HEBREW),
    company("Thistle & Co", "thistleco", &ENGLISH),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_locale_has_a_hundred_or_so_different_names_with_plain_addresses() {
        for locale in LOCALES {
            let count = locale.given.split_whitespace().count() * locale.family.split_whitespace().count();
            let names: HashSet<_> = (0..count).map(|n| locale.name(n).display).collect();
            assert_eq!(names.len(), count, "{}", locale.city.name);
            for n in 0..count {
                let address = locale.name(n).address;
                assert!(address.is_ascii() && !address.contains('|'), "{address}");
            }
        }
    }

    #[test]
    fn names_follow_their_own_order() {
        assert_eq!(JAPANESE.name(0).display, "佐藤陽菜");
        assert_eq!(KOREAN.name(0).display, "김 지우");
        assert_eq!(VIETNAMESE.name(0).display, "Đặng Thuỳ");
        assert_eq!(SPANISH.name(0).display, "Inés Ruiz");
        assert_eq!(SPANISH.name(0).address, "ines.ruiz");
    }
}
