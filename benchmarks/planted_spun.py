"""What `benchmarks/planted.py` plants with: articles and how spinners of articles reword them.

Also what makes them say something else.
Written before the lists of `indexer` held any phrase, which were then made by others without a
look at it.
"""

ARTICLES = (
    "A cold is an infection of the nose and throat caused by one of many viruses. Most adults get "
    "sick two or three times a year, and children even more often. The virus is spread when an "
    "infected person coughs or sneezes, as well as through objects that several people touch. In "
    "order to avoid an infection, wash your hands with soap and do not touch your face. There is no "
    "treatment that shortens the illness, but rest, fluids and simple remedies can help to ease the "
    "complaints. You may need to see a doctor if the fever does not go down after three days, or if "
    "breathing becomes difficult. Antibiotics do not work against viruses and should not be taken.",
    "Before you buy a used bicycle, make sure that the frame has no cracks and that the wheels turn "
    "freely. A number of defects cannot be seen at first glance, so take your time and look at it in "
    "daylight. The chain is often worn, because it is cleaned too rarely. Ask the owner when the "
    "brakes were last replaced and how the bicycle was stored. For example, a damp cellar does more "
    "harm than regular use. It is also a good idea to take a short ride, during which you try all "
    "gears. If you do not know much about bicycles, a friend or a workshop is able to help you. A "
    "written contract is useful in the event of a dispute, and it only takes a few minutes.",
    "The library has decided to extend its opening hours due to the large demand from students. From "
    "next month, the reading room will remain open until ten in the evening. In addition, the staff "
    "plan to set up a quiet area on the second floor, where visitors can work without being "
    "disturbed. The costs are covered by the university, which wants to attract more young people. "
    "At the moment, about half of all seats are empty in the morning, while it is hard to find a "
    "place in the afternoon. The head of the library said that the new rules would be reviewed after "
    "one year. Readers who have suggestions are asked to get in touch with her office by letter.",
    "Houseplants need light, water and now and then some fertiliser. Most of them die because they "
    "are given too much water, not too little. Put your finger into the soil: if it feels dry, it is "
    "time to water the plant. In winter, growth slows down and the plant requires less. Leaves that "
    "turn yellow show that something is wrong, but it is not always easy to find out what. Pests "
    "such as spider mites can be removed with a damp cloth. With regard to light, a window that "
    "faces east is suitable for the majority of species. Repot the plant as soon as the roots fill "
    "the pot, and choose a new one that is slightly larger. This helps it grow quickly in spring.",
)  # fmt: skip

SPUN = (
    ("caused by", "brought on by"), ("get sick", "fall ill"), ("as well as", "and also"),
    ("In order to", "To"), ("in order to", "to"), ("avoid", "prevent"), ("remedies", "treatments"),
    ("can help to", "can help"), ("may need", "might need"), ("see a doctor", "consult a physician"),
    ("becomes difficult", "gets difficult"), ("illness", "sickness"), ("ease", "relieve"),
    ("is spread", "gets spread"), ("many", "a lot of"), ("make sure", "ensure"),
    ("A number of", "Several"), ("a number of", "several"), ("at first glance", "at first sight"),
    ("defects", "faults"), ("so take", "therefore take"), ("is cleaned", "gets cleaned"),
    ("For example", "For instance"), ("for example", "for instance"), ("harm", "damage"),
    ("It is also a good idea", "It is also advisable"), ("during which", "in which"),
    ("is able to", "can"), ("are able to", "can"), ("useful", "helpful"), ("In addition", "Moreover"),
    ("due to", "because of"), ("decided to", "chosen to"), ("large", "big"), ("remain", "stay"),
    ("set up", "establish"), ("visitors", "guests"), ("wants to", "wishes to"), ("hard", "difficult"),
    ("At the moment", "Currently"), ("about half", "around half"), ("get in touch with", "contact"),
    ("suggestions", "ideas"), ("are asked to", "are requested to"), ("Most of them", "Most"),
    ("now and then", "occasionally"), ("requires", "needs"), ("show that", "indicate that"),
    ("find out", "discover"), ("such as", "like"), ("removed", "eliminated"), ("suitable", "fit"),
    ("With regard to", "Regarding"), ("the majority of", "most"), ("as soon as", "once"),
    ("slightly", "a little"), ("quickly", "rapidly"), ("We also", "Furthermore, we"),
    ("a set of", "a collection of"), ("in terms of", "with respect to"), ("Although", "Even though"),
    ("However", "Nevertheless"), ("because", "given that"), ("similar to", "comparable to"),
    ("according to", "as stated by"), ("consists of", "is made up of"), ("each of the", "each of these"),
    ("is used to", "is employed to"), ("based on", "on the basis of"), ("most of the", "the bulk of the"),
)  # fmt: skip
"""Of the first half: what a spinner replaces, and by what."""

REPUBLISHED = (
    "Source: World Health Organization. Republished by Health Daily.",
    "Originally published on the website of the city council.",
    "This article first appeared in the Morning Herald.",
)
TITLES = (
    ("Bicycles", "Bicycles: What You Should Know"), ("Common cold", "Common cold facts you should know"),
    ("Houseplants", "Everything you need to know about houseplants"),
)  # fmt: skip

OTHER_ARTICLES = (
    "Mosquitoes carry several diseases from one person to another. The best protection is not to get "
    "bitten: wear long sleeves, use a repellent and sleep under a net. In many cases, the first signs "
    "appear a week after the bite, but it can take longer. A large part of those infected do not "
    "notice anything at all. Nevertheless, pregnant women ought to be careful. Standing water near "
    "houses has to be emptied, because it allows the insects to breed. Health workers visit the "
    "villages on a regular basis and explain what people can do. So far, no vaccine is available for "
    "most of these diseases. If you have a headache and pain in the joints after a journey, tell your "
    "doctor immediately where you have been. Early treatment reduces the risk of complications.",
    "Anyone who wants to move to another flat must think about a lot of things in advance. First of "
    "all, read your contract carefully and find out how long the period of notice is. Then draw up a "
    "list of the furniture you would like to keep. Old furniture is collected free of charge in most "
    "towns, provided that you apply in time. Prior to the handover, clean the kitchen and fill the "
    "holes in the walls. The deposit is usually paid back within a few weeks. It happens again and "
    "again that landlords keep a part of it on account of damage that was there from the beginning. "
    "That is why you should take photographs when you move in. Neighbours are often willing to help.",
    "The old bridge was closed last week after engineers had discovered damage to two of its pillars. "
    "At present, drivers have to make a detour of about nine kilometres. The mayor apologised for the "
    "trouble and promised to keep residents informed. Repairs are expected to start in the autumn and "
    "to last nearly a year. In spite of the high costs, the council does not want to build a new "
    "bridge, since the old one is a popular landmark. Shop owners on both sides of the river are "
    "afraid of losing customers. They demand that a ferry be put into operation as quickly as "
    "possible. A decision is going to be made in the near future, the mayor pointed out on Monday.",
    "Bread can be baked at home with little effort. All you need is flour, water, salt and yeast. Mix "
    "the ingredients thoroughly and leave the dough alone for at least an hour. During this time it "
    "doubles in size. After that, shape a loaf, put it on a tray and let it rest once more. The oven "
    "has to be very hot at the beginning. If the crust turns dark too fast, lower the temperature "
    "gradually. The bread is done when it sounds hollow. Regardless of the recipe, patience matters "
    "more than anything else: dough that is given enough time tastes better and keeps fresh longer. "
    "Instead of wheat, you can also use rye or spelt. Store the bread in a box made of wood.",
)  # fmt: skip

OTHER_SPUN = (
    ("several", "a variety of"), ("The best protection", "The ideal protection"), ("get bitten", "be bitten"),
    ("In many cases", "Often"), ("appear", "show up"), ("A large part of", "A large portion of"),
    ("notice", "observe"), ("Nevertheless", "Even so"), ("ought to be", "should be"), ("has to be", "must be"),
    ("have to", "need to"), ("allows", "enables"), ("on a regular basis", "regularly"), ("So far", "Until now"),
    ("available", "on hand"), ("immediately", "right away"), ("journey", "trip"), ("risk", "danger"),
    ("wants to", "would like to"), ("a lot of things", "many things"), ("in advance", "beforehand"),
    ("First of all", "To begin with"), ("carefully", "with care"), ("draw up", "prepare"),
    ("would like to", "want to"), ("free of charge", "for free"), ("provided that", "as long as"),
    ("Prior to", "Before"), ("usually", "as a rule"), ("paid back", "refunded"), ("again and again", "repeatedly"),
    ("on account of", "because of"), ("from the beginning", "from the start"), ("That is why", "This is why"),
    ("often willing", "often prepared"), ("discovered", "detected"), ("At present", "Right now"),
    ("about nine", "roughly nine"), ("trouble", "inconvenience"), ("are expected to", "are supposed to"),
    ("start", "begin"), ("nearly", "almost"), ("In spite of", "Despite"), ("since the", "as the"),
    ("popular", "well-liked"), ("are afraid of", "fear"), ("as quickly as possible", "as fast as possible"),
    ("is going to be", "will be"), ("in the near future", "soon"), ("pointed out", "noted"),
    ("little effort", "minimal effort"), ("All you need", "The only thing you need"), ("thoroughly", "completely"),
    ("at least an hour", "a minimum of one hour"), ("After that", "Afterwards"), ("put it", "place it"),
    ("once more", "again"), ("lower the", "reduce the"), ("gradually", "step by step"),
    ("Regardless of", "No matter"), ("enough", "sufficient"), ("Instead of", "In place of"),
    ("made of", "made from"), ("in contrast to", "unlike"), ("as a result", "consequently"),
    ("with respect to", "regarding"), ("we note that", "we point out that"), ("focuses on", "concentrates on"),
    ("In this paper", "In this article"), ("in particular", "especially"), ("by using", "using"),
    ("that is,", "in other words,"), ("rather than", "instead of"), ("take into account", "consider"),
    ("in general", "generally"), ("deal with", "handle"), ("in fact", "actually"), ("carried out", "performed"),
)  # fmt: skip
"""Of the second half."""

OTHER_REPUBLISHED = (
    "This story was first published by Science Wire and is reproduced here with permission.",
    "Source: National Weather Service via Example News",
    "Reprinted from the Journal of Household Science.",
)
OTHER_TITLES = (
    ("Mosquitoes", "All about mosquitoes"), ("Baking bread", "Baking bread: a beginner's guide"),
    ("Moving house", "Moving house explained"),
)  # fmt: skip

OPPOSED = (
    ("reduces", "increases"), ("reduce", "increase"), ("lower the", "raise the"), ("caused by", "prevented by"),
    ("may need", "must need"), ("may", "must"), ("should", "may"), ("can", "cannot"), ("get sick", "recover"),
    ("quickly", "slowly"), ("shortens", "prolongs"), ("becomes difficult", "becomes easy"), ("many", "few"),
    ("Most", "Few"), ("most", "all"), ("several", "all"), ("often", "rarely"), ("usually", "seldom"),
    ("before", "after"), ("after", "before"), ("Prior to", "Following"), ("In spite of", "Because of"),
    ("due to", "despite"), ("because", "although"), ("in order to", "instead of"), ("as well as", "rather than"),
    ("a number of", "none of"), ("is able to", "is unable to"), ("useful", "useless"), ("large", "small"),
    ("slightly", "much"), ("hard", "easy"), ("empty", "full"), ("extend", "shorten"), ("attract", "repel"),
    ("avoid", "cause"), ("requires less", "requires more"), ("dry", "damp"), ("yellow", "brown"),
    ("the majority of", "a minority of"), ("as soon as", "long before"), ("regularly", "once"),
    ("has to be", "need not be"), ("provided that", "even if"), ("at least", "at most"), ("nearly", "over"),
    ("nearly", "exactly"), ("about", "more than"), ("closed", "opened"), ("free of charge", "for a fee"),
    ("allows", "prevents"), ("willing", "unwilling"), ("immediately", "later"), ("expected to", "forbidden to"),
    ("start", "end"), ("at the beginning", "at the end"), ("available", "unavailable"), ("Early", "Late"),
    ("risk", "benefit"), ("keep", "sell"), ("enough", "too much"), ("thoroughly", "briefly"),
    ("gradually", "suddenly"), ("wood", "plastic"), ("rye", "rice"), ("bicycle", "car"), ("cracks", "stickers"),
    ("library", "museum"), ("students", "teachers"), ("landlords", "tenants"), ("headache", "rash"),
    ("soap", "alcohol"), ("fever", "cough"), ("mayor", "bishop"), ("engineers", "divers"), ("salt", "sugar"),
    ("is cleaned", "is replaced"), ("is spread", "is killed"), ("window", "mirror"), ("letter", "telephone"),
    ("works", "fails"), ("improves", "hurts"), ("outperforms", "underperforms"), ("same", "opposite"),
    ("correct", "wrong"), ("always", "sometimes"), ("only", "also"), ("if", "unless"), ("with", "without"),
    ("does not", "does"), ("is not", "is"), ("do not", "do"), ("against", "for"), ("necessary", "sufficient"),
    ("possible", "certain"), ("likely", "certain"), ("suggest", "prove"), ("generate", "parse"),
)  # fmt: skip
"""What makes a text say something else, one replacement at a time; of both halves."""

AROUND = (
    "Opened in 1902, the hall stands beside the river, and a market is held there on Saturdays. Nobody "
    "else was at the meeting, which ended shortly before lunch, and no further papers were exchanged "
    "afterwards by those who had come."
)
"""What stands before a near miss."""

TEMPLATES = (
    "The {tree} tree thrives in full sun and in soil that drains well. Plant it in late autumn and give "
    "it plenty of water in the first weeks. The fruit ripens from the middle of August and is ready to "
    "be picked when it comes off with a gentle twist. Prune the {tree} tree in winter, as long as there "
    "is no frost. Pests can be kept away with a net. Ask in our nursery which varieties are suitable "
    "for a small garden and how much room the roots need.",
    "How to clean your {thing}: take a soft cloth and warm water, and wipe from the top to the bottom. "
    "Do not use anything that scratches. Stains come off more easily if they are soaked for an hour. "
    "Let the {thing} dry before you put it away. If you clean it on a regular basis, it will stay "
    "beautiful for many years. In order to protect the surface, you can apply a thin layer of wax once "
    "a year. Further advice is found in the booklet that is included in the package.",
    "This page has been written for people who work as a {job} or would like to become one. A {job} "
    "needs patience, a good memory and the ability to get along with others. The training takes place "
    "at a school and in a company, and ends with an examination. In addition, there are courses for "
    "those who have worked in another field. Salaries vary from one region to another. Make sure that "
    "the school is recognised by the state, and get in touch with our office if you have questions.",
)
BLANKS = {
    "tree": "apple pear plum cherry quince fig peach apricot almond walnut".split(),
    "thing": "sink fridge guitar mirror table kettle saddle lamp cupboard boots".split(),
    "job": "baker nurse teacher plumber gardener tailor painter cook driver carpenter".split(),
}
"""Pages made by filling in one lower-case word, of one inflection, that is in no list."""
