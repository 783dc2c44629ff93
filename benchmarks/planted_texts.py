"""What `benchmarks/planted.py` plants with: our own sentences, in several languages."""

SYNONYMS = (
    ("show", "demonstrate"), ("shows", "demonstrates"), ("use", "employ"), ("uses", "employs"),
    ("using", "employing"), ("obtain", "get"), ("obtained", "achieved"), ("propose", "present"),
    ("method", "approach"), ("methods", "techniques"), ("results", "findings"), ("task", "problem"),
    ("dataset", "corpus"), ("compute", "calculate"), ("important", "crucial"), ("many", "numerous"),
    ("different", "various"), ("also", "additionally"), ("because", "since"), ("however", "yet"),
    ("need", "require"), ("study", "investigate"), ("build", "construct"), ("choose", "select"),
    ("automatically", "without supervision"), ("compared", "relative"), ("existing", "available"),
    ("previous", "earlier"), ("work", "research"), ("words", "terms"), ("consider", "examine"),
    ("given", "provided"), ("specific", "particular"), ("often", "frequently"), ("big", "sizeable"),
    ("similar", "comparable"), ("describe", "outline"), ("evaluate", "assess"), ("find", "discover"),
    ("significantly", "substantially"), ("further", "additional"), ("model", "system"),
)  # fmt: skip

OTHER_SYNONYMS = (
    ("show", "reveal"), ("shows", "illustrates"), ("use", "utilize"), ("used", "applied"),
    ("using", "by means of"), ("propose", "introduce"), ("proposed", "suggested"),
    ("method", "technique"), ("results", "outcomes"), ("task", "challenge"), ("large", "big"),
    ("obtain", "acquire"), ("difficult", "hard"), ("novel", "new"), ("various", "diverse"),
    ("therefore", "consequently"), ("moreover", "furthermore"), ("because", "as"),
    ("generate", "produce"), ("focus", "concentrate"), ("aim", "intend"), ("create", "build"),
    ("improve", "enhance"), ("widely", "broadly"), ("recently", "lately"), ("paper", "article"),
    ("contains", "comprises"), ("learn", "acquire"), ("usually", "normally"), ("main", "chief"),
    ("effective", "successful"), ("simple", "plain"), ("quickly", "rapidly"), ("idea", "notion"),
    ("whole", "entire"), ("ability", "capacity"), ("similar", "alike"), ("address", "tackle"),
    ("represent", "depict"), ("capture", "grasp"), ("information", "knowledge"), ("often", "mostly"),
)  # fmt: skip
"""For the second half: chosen before it was known which of them the lists hold."""

SPELLINGS = (
    ("ization", "isation"), ("alize ", "alise "), ("ognize ", "ognise "), ("izing", "ising"), ("ized", "ised"),
    ("modeling", "modelling"), ("labeled", "labelled"), ("behavior", "behaviour"),
    ("co-", "co"), ("pre-", "pre"), ("non-", "non"), ("multi-", "multi"), ("-based", " based"),
    ("state-of-the-art", "state of the art"), ("fine-", "fine"), ("sub-", "sub"),
)  # fmt: skip

ANTONYMS = (
    ("increase", "decrease"), ("increases", "decreases"), ("higher", "lower"), ("better", "worse"),
    ("more", "less"), ("all", "some"), ("with", "without"), ("before", "after"), ("and", "or"),
    ("improves", "degrades"), ("positive", "negative"), ("first", "last"), ("most", "few"),
    ("always", "never"), ("large", "small"), ("high", "low"), ("can", "must"), ("above", "below"),
    ("supervised", "unsupervised"), ("dependent", "independent"), ("related", "unrelated"),
)  # fmt: skip

BOILERPLATE = (
    "Read more on our website.",
    "This article was originally published by a partner site.",
    "Subscribe to our newsletter to receive the latest stories every week.",
    "All rights reserved. © 2024 Example Media Group.",
    "Follow us for further stories of this kind.",
    "Share this page with your friends and colleagues.",
    "Image courtesy of the authors.",
)

BYLINES = (
    "By Jane Doe, Reuters\n\n", "LONDON (Reuters) - ", "By our science correspondent\n",
    "Posted by admin\n\n", "BERLIN, AP — ", "From staff reports. ",
)  # fmt: skip

HEADLINES = (
    "What you should know about this research today\n\n",
    "Scientists explain their findings in simple terms\n\n",
    "A closer look at how language technology works\n\n",
)

CITIES = ("Springfield Ashford Norwich Tampere Lisbon Graz Oakham Leeds Bergen Turin Ghent Malmo "
          "Cork Porto Lyon Bremen Utrecht Aarhus Vilnius Brno").split()  # fmt: skip
PEOPLE = ("Miller Okafor Jensen Rossi Haddad Novak Silva Tanaka Weber Dubois Kowalski Murphy "
          "Larsen Petrov Garcia Schmidt").split()  # fmt: skip
COLOURS = "red blue green yellow black white brown grey purple orange pink silver".split()
MATERIALS = "oak pine steel glass leather cotton linen bamboo marble plastic wool ceramic".split()
ANIMALS = "cat dog horse rabbit hamster parrot ferret goat sheep turtle".split()
ILLNESSES = "asthma measles influenza malaria eczema gout hepatitis migraine epilepsy".split()
ZH_CITIES = "北京 上海 广州 成都 武汉 南京 杭州 西安 重庆 天津".split()
JA_CITIES = "東京 大阪 京都 札幌 福岡 仙台 広島 神戸 名古屋 横浜".split()
RU_CITIES = "Москве Казани Самаре Омске Томске Перми Туле Рязани Твери Пскове".split()
AR_CITIES = "القاهرة بغداد دمشق عمان تونس الرباط بيروت الدوحة مسقط صنعاء".split()

TEMPLATES = (
    "Weather in {city} for {weekday}. Expect a high of {n} degrees and a low of {m} degrees in "
    "{city}, with winds from the west at {k} kilometres per hour. The chance of showers in the "
    "afternoon is {p} percent. Residents of {city} can find warnings and the forecast for the "
    "coming days on the page of the regional weather service, which is updated twice a day.",
    "The municipal council of {city} invites all citizens to a public hearing on {weekday}, {n} "
    "{month}, at {h} o'clock in the town hall. The agenda includes the budget, the new cycle path "
    "and questions from the public. Those who wish to speak are asked to register with the office "
    "of Mayor {person} by the evening before. Minutes will be published on the town's notice board.",
    "The Aurora {n} kettle in {colour} holds {k} litres and boils within {m} minutes. Its body is "
    "made of {material} and the handle stays cool. The scope of delivery includes a filter and a "
    "manual in several languages. We send it within {h} working days, and you may return it free "
    "of charge if it does not please you. Customers who looked at this article also bought a cup.",
    "Dr {person} is a specialist in internal medicine in {city} and sees patients on weekdays. The "
    "practice accepts new patients and is accessible to wheelchair users. Please bring your "
    "insurance card and a list of the medicines that you take to the first appointment. The "
    "telephone number of the practice is {p} {n} {m}. In emergencies please call the ambulance.",
    "Take {n} mg of the medicine once a day with a glass of water, in the same place and at the "
    "same time. If you forget a dose, take it as soon as you remember it, unless it is nearly time "
    "for the next one. Tell your doctor if you have {illness} or take other medicines. The tablets "
    "must be kept below {k} degrees and out of the reach of children, in the original package.",
    "{person} scored twice as {city} beat the visitors on {weekday} evening in front of {p} "
    "spectators. The home side had the better of the early exchanges and took the lead after {n} "
    "minutes. The coach praised the spirit of the team after the match and said that the players "
    "had followed the plan. The next match will be played away from home in {m} days.",
    "Unsere Filiale in {city} hat von Montag bis Freitag von {h} bis {k} Uhr geöffnet. Sie erreichen "
    "uns mit dem Bus der Linie {n}; Parkplätze finden Sie hinter dem Gebäude. Unser Team um {person} "
    "berät Sie gern zu allen Fragen rund um Versicherungen und Geldanlagen. Termine vereinbaren Sie "
    "bitte telefonisch oder über das Formular auf dieser Seite. Wir freuen uns auf Ihren Besuch.",
    "La mairie de {city} informe les habitants que la collecte des déchets aura lieu le {n} {month_fr} "
    "à partir de {h} heures. Les bacs doivent être sortis la veille au soir et rentrés le jour même. "
    "Les personnes qui souhaitent obtenir un bac supplémentaire peuvent en faire la demande auprès "
    "des services techniques. Pour tout renseignement, adressez-vous à {person}, à la mairie.",
    "El hotel {person} se encuentra en el centro de {city}, a {n} minutos a pie de la estación. Las "
    "habitaciones disponen de baño privado, televisión y conexión gratuita a internet. El desayuno se "
    "sirve en la terraza cuando el tiempo lo permite. El personal de la recepción le informará con "
    "gusto sobre excursiones y museos. El precio por noche empieza en {p} euros por persona.",
    "{zh}天气预报：今天白天多云，最高气温{n}度，夜间最低气温{m}度，西风三级。出行请带好雨具，注意交通安全。"
    "{zh}气象台提醒市民，近期早晚温差较大，请及时增减衣物，预防感冒。更多信息请关注气象台网站。",
    "{ja}の市役所からのお知らせです。来月の{n}日に防災訓練を行います。訓練は午前{h}時に始まり、サイレンが鳴ります。"
    "参加を希望する方は、市役所の窓口で申し込んでください。詳しくは広報をご覧ください。",
    "В {ru} завтра ожидается переменная облачность, температура воздуха {n} градусов, ветер западный, "
    "{k} метров в секунду. Синоптики советуют жителям взять с собой зонты. Подробный прогноз на "
    "ближайшие дни опубликован на сайте метеорологической службы, где его обновляют два раза в сутки.",
    "تعلن بلدية {ar} عن فتح باب التسجيل في الدورات التدريبية ابتداء من يوم {n} من الشهر القادم. على "
    "الراغبين في المشاركة مراجعة مكتب البلدية مع الوثائق المطلوبة. تستمر الدورة {m} أسابيع ويحصل "
    "المشاركون على شهادة في نهايتها. للمزيد من المعلومات يرجى زيارة موقع البلدية على الشبكة.",
)
"""Pages of which many are made by filling in."""

ATTRIBUTES = (
    "Our food for your {animal} contains everything that a healthy {animal} needs, and nothing that "
    "does harm. It is made from fresh ingredients, gently cooked and packed the same day. Give it "
    "in the morning and in the evening, with plenty of water beside it. Store the package in a dry "
    "place and close it well after use. Ask our experts if you have any questions about feeding.",
    "This table is made of solid {material} and finished by hand. Each piece is unique, because the "
    "grain and the tone vary from one to the next. It is delivered in parts, with all the tools and "
    "a manual, and can be put together by two people in the course of an evening. Clean it with a "
    "damp cloth and protect it from direct sunlight, so that you can enjoy it for a long time.",
    "What helps against {illness}? Doctors recommend that you rest, drink enough and see a physician "
    "when the complaints persist. This page explains how {illness} is recognised, which examinations "
    "are usual and what you can do yourself. It has been written together with specialists and is "
    "reviewed at regular intervals. It cannot take the place of a visit to your own doctor.",
)
"""The same, where what is filled in looks like any other word."""

OTHER_EDITIONS = (
    ("The landlord shall keep the dwelling in good repair and shall carry out the works within a "
     "reasonable time after notice from the tenant. The tenant shall grant access to the dwelling "
     "for this purpose. Where the landlord does not carry out the works, the tenant may have them "
     "carried out and deduct the cost from the rent.",
     (("reasonable time", "short time"), ("good repair", "habitable condition"),
      ("does not carry out", "refuses to carry out"), ("from the rent", "from the deposit"),
      ("the tenant may have", "the council may have"), ("The tenant shall grant", "The tenant need not grant"),
      ("after notice", "after written notice"), ("deduct the cost", "deduct a part of the cost"),
      ("the dwelling in good repair", "the dwelling and the garden in good repair"),
      (" and deduct the cost from the rent", ""), ("the works", "urgent works"))),
    ("Every operator of a drone must be registered and must mark each aircraft with the number that "
     "was issued on registration. Flights over crowds are prohibited. Flights near airports require "
     "the consent of the control tower. The operator must report accidents to the agency, which "
     "keeps a public record of them.",
     (("operator of a drone", "owner of a drone"), ("over crowds", "over gardens"),
      ("are prohibited", "are permitted"), ("near airports", "near prisons"), ("accidents", "incidents"),
      ("the control tower", "the police"), ("a public record", "a confidential record"),
      ("must report", "can report"), ("each aircraft", "the aircraft and the remote control"),
      (". The operator must report", ". Consent may be withdrawn. The operator must report"))),
    ("El arrendatario debe comunicar la avería al propietario en cuanto la conozca. El propietario "
     "repara la avería a su costa. Si la avería se debe al uso, la reparación corresponde al "
     "arrendatario. Las partes pueden pactar otra distribución de los gastos por escrito.",
     (("por escrito", "de palabra"), ("debe comunicar", "puede comunicar"), ("a su costa", "a costa común"),
      ("corresponde al arrendatario", "corresponde al seguro"), ("se debe al uso", "no se debe al uso"))),
)  # fmt: skip
"""For the second half: written after the rules were made."""

EDITIONS = (
    ("Any person who keeps a vehicle shall register it with the authority within thirty days of the "
     "date of purchase. The authority may extend the period on application. A fee is payable on "
     "registration. The keeper shall carry the certificate and produce it to an officer on demand.",
     (("thirty days", "sixty days"), ("shall register", "may register"), ("A fee is", "No fee is"),
      ("on application", "on application of the keeper or of a dealer"),
      ("on demand", "within a week"), ("Any person who keeps", "Any company that keeps"),
      ("The authority may extend the period on application. ", ""),
      ("A fee is payable on registration.", "A fee is payable on registration and on renewal."),
      ("to an officer on demand.", "to an officer on demand. Trailers are treated as vehicles."))),
    ("The employer must provide each employee with a written statement of the terms of employment. "
     "The statement contains the names of the parties, the place of work and the rate of pay. An "
     "employee who has not received the statement can apply to the tribunal, which decides what "
     "particulars ought to have been included. The employer bears the costs of the proceedings.",
     (("each employee", "each apprentice"), ("must provide", "should provide"),
      ("the place of work", "the place of work, the hours of work"),
      ("has not received", "has received"), ("bears the costs", "bears half of the costs"),
      ("can apply to the tribunal", "can apply to the court of appeal"),
      ("The employer bears", "The employee bears"), ("a written statement", "an oral statement"))),
    ("Der Antrag ist schriftlich bei der zuständigen Behörde zu stellen. Dem Antrag sind die "
     "Unterlagen beizufügen, aus denen sich die Voraussetzungen ergeben. Die Behörde entscheidet "
     "innerhalb von drei Monaten. Die Frist beginnt mit dem Eingang der vollständigen Unterlagen. "
     "Gegen die Entscheidung kann Widerspruch erhoben werden, der aufschiebende Wirkung hat.",
     (("drei Monaten", "sechs Monaten"), ("ist schriftlich", "ist schriftlich oder elektronisch"),
      ("der aufschiebende Wirkung hat", "der keine aufschiebende Wirkung hat"),
      ("kann Widerspruch", "kann Klage"), ("der vollständigen Unterlagen", "des Antrags"),
      ("ist schriftlich", "soll schriftlich"))),
    ("Toute personne qui exploite un établissement recevant du public souscrit une assurance. "
     "L'attestation est présentée aux agents chargés du contrôle. Le défaut d'assurance est puni "
     "d'une amende. Les modalités d'application du présent article sont fixées par décret. Les "
     "communes assurent la publicité de ces dispositions auprès des exploitants.",
     (("souscrit", "peut souscrire"), ("par décret", "par arrêté"), ("est présentée", "n'est pas présentée"),
      ("d'une amende", "d'une peine d'emprisonnement"), ("Les communes", "Les départements"))),
    ("申请人应当在收到通知之日起三十日内向主管部门提交书面申请。主管部门应当自受理之日起二十日内作出决定。"
     "申请人对决定不服的，可以依法申请行政复议或者提起行政诉讼。逾期不申请的，视为放弃。",
     (("三十日", "六十日"), ("应当自", "可以自"), ("不服", "服从"), ("书面", "口头"), ("视为", "不视为"))),
)  # fmt: skip
"""A paragraph of law and its amendments, each by itself."""

PARAGRAPHS = (
    "Die Forscher haben in drei Kliniken untersucht, wie sich die neue Behandlung auf den Schlaf "
    "auswirkt. Sie stellten fest, dass die Patienten nachts länger schliefen und tagsüber wacher "
    "waren. Die Ergebnisse wurden in einer Fachzeitschrift veröffentlicht. Weitere Studien sollen "
    "nun klären, ob die Wirkung auch bei älteren Menschen eintritt.",
    "Les chercheurs ont observé les oiseaux de la réserve pendant deux hivers. Ils ont constaté que "
    "les populations restaient stables malgré le froid. Le rapport recommande de protéger les zones "
    "humides et de limiter la circulation. Une nouvelle campagne de mesures commencera bientôt.",
    "Los investigadores midieron la calidad del agua en cuatro ríos de la región. Encontraron que el "
    "nivel de oxígeno depende de la temperatura y de la corriente. El informe propone plantar árboles "
    "en las orillas para dar sombra. Las autoridades estudian la propuesta y quieren aplicarla.",
    "研究人员在三所医院调查了新疗法对睡眠的影响。他们发现，患者夜间睡眠时间更长，白天也更加清醒。研究结果已经发表在专业期刊上。"
    "进一步的研究将说明这种效果是否同样出现在老年人身上。专家认为这项工作具有重要意义。",
    "研究者たちは三つの病院で新しい治療が睡眠に与える影響を調べた。患者は夜によく眠り、昼間は目が覚めていることが分かった。"
    "結果は専門誌に発表された。今後の研究では、高齢者にも同じ効果があるかどうかを確かめる予定である。",
    "연구진은 세 병원에서 새로운 치료가 수면에 미치는 영향을 조사했다. 환자들은 밤에 더 오래 자고 낮에는 더 맑은 정신을 "
    "유지했다. 연구 결과는 전문 학술지에 발표되었다. 앞으로의 연구는 노인에게도 같은 효과가 있는지 밝힐 것이다. 전문가들은 "
    "이 연구가 중요한 의미를 지닌다고 평가했다.",
    "Исследователи изучили в трёх больницах влияние нового лечения на сон. Они установили, что "
    "пациенты дольше спали ночью и были бодрее днём. Результаты опубликованы в научном журнале. "
    "Дальнейшие работы покажут, проявляется ли такой эффект у пожилых людей. Специалисты считают "
    "эту работу важной.",
    "درس الباحثون في ثلاثة مستشفيات تأثير العلاج الجديد على النوم. ووجدوا أن المرضى ينامون ليلا مدة "
    "أطول وأنهم أكثر نشاطا في النهار. ونشرت النتائج في مجلة متخصصة. وستوضح دراسات أخرى ما إذا كان هذا "
    "التأثير يظهر عند كبار السن أيضا. ويرى الخبراء أن هذا العمل مهم.",
    "นักวิจัยได้ศึกษาผลของการรักษาแบบใหม่ต่อการนอนหลับในสามโรงพยาบาล พบว่าผู้ป่วยนอนหลับในเวลากลางคืนได้นานขึ้น"
    "และตื่นตัวมากขึ้นในเวลากลางวัน ผลการวิจัยได้รับการตีพิมพ์ในวารสารวิชาการ การศึกษาต่อไปจะอธิบายว่าผลนี้เกิดขึ้นกับผู้สูงอายุด้วยหรือเปล่า",
    "शोधकर्ताओं ने तीन अस्पतालों में नींद पर नए उपचार के प्रभाव का अध्ययन किया। उन्होंने पाया कि रोगी रात में "
    "देर तक सोते हैं और दिन में सजग रहते हैं। परिणाम एक पत्रिका में प्रकाशित हुए। आगे के अध्ययन बताएँगे कि यह "
    "प्रभाव वृद्ध लोगों में भी होता है। विशेषज्ञ इस काम को महत्वपूर्ण मानते हैं।",
)
"""Plain paragraphs in languages that the papers are not in."""

WRONG_IN = (
    (("drei", "vier"), ("haben in", "haben nicht in"), ("länger", "kürzer")),
    (("deux", "trois"), ("restaient stables", "ne restaient pas stables"), ("malgré", "sans")),
    (("cuatro", "cinco"), ("quieren aplicarla", "no quieren aplicarla"), ("agua", "aire")),
    (("三所", "五所"), ("更长", "更短"), ("已经发表", "没有发表"), ("医院", "学校")),
    (("三つ", "五つ"), ("発表された", "発表されなかった"), ("病院", "学校")),
    (("세 병원", "네 병원"), ("발표되었다", "발표되지 않았다"), ("밤에", "낮에")),
    (("трёх", "пяти"), ("дольше", "меньше"), ("опубликованы", "не опубликованы")),
    (("ثلاثة", "خمسة"), ("ونشرت", "ولم تنشر"), ("أطول", "أقصر")),
    (("สาม", "ห้า"), ("ได้นานขึ้น", "ได้สั้นลง"), ("ได้รับการตีพิมพ์", "ไม่ได้รับการตีพิมพ์")),
    (("तीन", "पाँच"), ("प्रकाशित हुए", "प्रकाशित नहीं हुए"), ("रात", "दोपहर")),
)
"""For each of these paragraphs, what would make it say something else."""
