package sandbox

import "time"

// salons is the demo chain of salons, each with its own habits so that every
// switch of a company stands both ways somewhere.
func salons() []plan {
	return append([]plan{
		primrose(501, "ул. Покровка, 17", false),
		primrose(502, "ул. Большие Каменщики, 4", true),
		liepziede(601, latvian, "Europe/Riga", 52, 4, "Brīvības iela 68, Rīga", "37167000601", false),
		liepziede(602, latvian, "Europe/Riga", 52, 4, "Zemitāna iela 9, Rīga", "37167000602", true),
		liepziede(603, german, "Europe/Berlin", 71, 9, "Kastanienallee 31, Berlin", "493000000603", false),
		barbershop(), malva(), lill(), rasa(), unlicensed(), street(),
	}, streetBranches()...)
}

func primrose(id int, address string, sms bool) plan {
	return plan{
		company: company{
			id: id, city: 2, country: 1, speaks: russian, currency: rouble, phone: "74950000501", address: address,
			site: "https://primula.example", lat: 55.7596, lon: 37.6493, openFrom: "09:00", openTo: "22:00",
			grid: 30, delay: time.Hour, defaultLength: time.Hour, horizon: 75,
			smsConfirmation: sms, smsEnabled: true, changeAllowed: true, deleteAllowed: true,
			changeDelay: 3 * time.Hour, deleteDelay: 5 * time.Hour, active: true, short: "short.salon",
			notify: "notify.text", agreementShown: true, newsletterShown: true,
		},
		zone:       "Europe/Moscow",
		categories: []string{"hair", "colour", "nails", "brows"},
		only: []string{
			"haircut-women", "haircut-child", "fringe", "blow-dry", "consultation", "one-tone", "roots", "balayage", "toning",
			"manicure", "manicure-gel", "gel-removal", "nail-design", "brow-shape", "brow-tint", "lash-lamination",
		},
		inactive:  []string{"toning"},
		occupancy: 50,
		team: []member{
			{"Елена Кузнецова", "top", []string{"hair", "colour"}, 100, oddShift, 4.9, true, false},
			{"Мария Орлова", "stylist", []string{"hair", "colour"}, 125, evenShift, 4.7, true, false},
			{"Светлана Петрова", "nails", []string{"nails"}, 100, weekdays, 5, true, false},
			{"Дарья Белова", "brows", []string{"brows"}, 100, lateShift, 4.38, false, false},
			{"Ирина Администратор", "admin", nil, 100, weekdays, 0, false, true},
		},
	}
}

func liepziede(id int, speaks language, zone string, city, country int, address, phone string, sms bool) plan {
	names := map[int][]string{
		601: {"Līga Bērziņa", "Ilze Kalniņa", "Marta Ozola", "Jānis Liepiņš"},
		602: {"Kristīne Zariņa", "Elīna Krūmiņa", "Agnese Vītola", "Edgars Balodis"},
		603: {"Julia Schneider", "Anna Vogel", "Sophie Krüger", "Max Lehmann"},
	}[id]
	return plan{
		company: company{
			id: id, group: 60, city: city, country: country, speaks: speaks, currency: euro, phone: phone, address: address,
			site: "https://liepziede.example", lat: 56.9611 - float64(id-601)*0.01, lon: 24.1297, openFrom: "10:00", openTo: "21:00",
			grid: 15, delay: 30 * time.Minute, defaultLength: time.Hour, horizon: 60,
			smsConfirmation: sms, smsEnabled: true, changeAllowed: true, deleteAllowed: true,
			active: true, short: "short.salon", dirty: id == 602, surnameShown: id == 603, surnameRequired: id == 603,
		},
		zone:       zone,
		categories: []string{"hair", "colour", "men", "nails"},
		occupancy:  45,
		team: []member{
			{names[0], "stylist", []string{"hair", "colour"}, 100, everyDay, 4.8, true, false},
			{names[1], "colourist", []string{"colour", "hair"}, 75, oddShift, 4.6, true, false},
			{names[2], "nails", []string{"nails"}, 100, evenShift, 4.9, false, false},
			{names[3], "barber", []string{"men", "hair"}, 100, lateShift, 4.5, true, false},
		},
	}
}

func barbershop() plan {
	return plan{
		company: company{
			id: 701, city: 5, country: 1, speaks: russian, currency: rouble, phone: "73430000701", address: "ул. Вайнера, 12",
			lat: 56.8363, lon: 60.5967, openFrom: "12:00", openTo: "22:00", grid: 30, delay: 2 * time.Hour,
			defaultLength: 45 * time.Minute, horizon: 60, smsEnabled: false, commentRequired: true, commentName: "comment.name",
			emailHidden: true, changeAllowed: false, deleteAllowed: true, deleteDelay: 24 * time.Hour, active: true, short: "short.barbershop",
		},
		zone: "Asia/Yekaterinburg", categories: []string{"men"}, occupancy: 40,
		team: []member{{"Глеб Уралов", "barber", []string{"men"}, 100, lateShift, 4.95, true, false}},
	}
}

func malva() plan {
	all := []string{"hair", "colour", "care", "men", "nails", "feet", "brows", "makeup", "face", "massage", "epilation"}
	return plan{
		company: company{
			id: 801, city: 81, country: 2, speaks: ukrainian, currency: hryvnia, phone: "380440000801", address: "вул. Хрещатик, 22",
			site: "https://malva.example", lat: 50.4501, lon: 30.5234, openFrom: "09:00", openTo: "22:00", grid: 15, delay: time.Hour,
			defaultLength: time.Hour, horizon: 75, smsEnabled: true, changeAllowed: true, deleteAllowed: true, active: true,
			short: "short.salon", notify: "notify.text",
		},
		zone: "Europe/Kyiv", categories: all, inactive: []string{"air-touch", "bridal-makeup"}, occupancy: 55,
		promotions: map[string][]string{"hands-and-feet": {"manicure-gel", "pedicure-gel"}},
		team: []member{
			{"Оксана Шевчук", "top", []string{"hair", "colour", "care"}, 100, everyDay, 4.97, true, false},
			{"Наталія Бондар", "stylist", []string{"hair", "care"}, 110, oddShift, 4.7, true, false},
			{"Катерина Лисенко", "stylist", []string{"hair", "men"}, 90, evenShift, 4.6, true, false},
			{"Ірина Мороз", "colourist", []string{"colour", "care"}, 100, weekdays, 4.8, true, false},
			{"Андрій Ткач", "barber", []string{"men"}, 100, lateShift, 4.9, true, false},
			{"Софія Мельник", "nails", []string{"nails", "feet"}, 100, oddShift, 4.85, true, false},
			{"Вікторія Поліщук", "nails", []string{"nails"}, 80, evenShift, 4.5, false, false},
			{"Юлія Савченко", "brows", []string{"brows", "makeup"}, 100, everyDay, 4.9, true, false},
			{"Аліна Коваль", "makeup", []string{"makeup", "brows"}, 100, weekdays, 4.6, true, false},
			{"Людмила Гончар", "cosmetologist", []string{"face", "epilation"}, 100, oddShift, 4.75, true, false},
			{"Олег Дяченко", "massage", []string{"massage", "face"}, 100, lateShift, 4.8, false, false},
			{"Марина Руденко", "cosmetologist", []string{"epilation", "massage"}, 90, evenShift, 4.4, true, false},
		},
	}
}

func lill() plan {
	return plan{
		company: company{
			id: 901, city: 61, country: 6, speaks: estonian, currency: euro, phone: "3726000901", address: "Telliskivi 60a, Tallinn",
			lat: 59.4396, lon: 24.7286, openFrom: "09:00", openTo: "21:00", grid: 30, delay: time.Hour, defaultLength: time.Hour,
			horizon: 60, smsEnabled: true, emailRequired: true, changeAllowed: true, deleteAllowed: true, active: true, dirty: true,
			short: "short.salon", newsletterShown: true, agreementShown: true,
		},
		zone: "Europe/Tallinn", categories: []string{"hair", "nails", "massage", "events"}, occupancy: 45,
		team: []member{
			{"Kristi Tamm", "stylist", []string{"hair"}, 100, oddShift, 4.8, true, false},
			{"Liis Saar", "nails", []string{"nails"}, 100, evenShift, 4.6, false, false},
			{"Rein Kask", "massage", []string{"massage"}, 100, weekdays, 4.9, true, false},
			{"Mari Sepp", "trainer", nil, 100, everyDay, 4.43, true, true},
		},
		events: []eventPlan{
			{"yoga", 3, []time.Weekday{time.Monday, time.Wednesday, time.Friday}, 18 * 60, 12},
			{"stretching", 3, []time.Weekday{time.Tuesday, time.Saturday}, 11 * 60, 6},
		},
	}
}

func rasa() plan {
	return plan{
		company: company{
			id: 902, city: 66, country: 7, speaks: lithuanian, currency: euro, phone: "37050000902", address: "Pilies g. 14, Vilnius",
			lat: 54.6823, lon: 25.2871, openFrom: "09:00", openTo: "20:00", grid: 15, delay: 0, defaultLength: 45 * time.Minute,
			horizon: 62, smsConfirmation: true, smsEnabled: false, changeAllowed: true, deleteAllowed: false, active: true, short: "short.salon",
		},
		zone: "Europe/Vilnius", categories: []string{"brows", "makeup", "face"}, occupancy: 35,
		team: []member{
			{"Rasa Petrauskienė", "brows", []string{"brows", "makeup"}, 100, everyDay, 4.9, true, false},
			{"Eglė Jankauskaitė", "cosmetologist", []string{"face"}, 100, oddShift, 4.7, true, false},
		},
	}
}

func unlicensed() plan {
	return plan{
		company: company{
			id: 990, city: 7, country: 1, speaks: russian, currency: rouble, phone: "78120000990", address: "Невский пр., 1",
			lat: 59.9361, lon: 30.3145, openFrom: "10:00", openTo: "20:00", grid: 30, defaultLength: time.Hour, horizon: 60,
			licenceExpired: true, short: "short.salon",
		},
		zone: "Europe/Moscow", categories: []string{"hair"}, occupancy: 30,
		team: []member{{"Вера Ильина", "stylist", []string{"hair"}, 100, everyDay, 4, false, false}},
	}
}
